package max7219

import "math/bits"

// rewrite opens the port if need be and writes every register of every chip. With
// blank, the chips are shut down meanwhile: they may be awake and hold anything.
func (d *Dev) rewrite(blank bool) error {
	if err := d.bus.open(); err != nil {
		return d.failed("open the port", err)
	}
	b := &d.bus
	b.begin()
	// A chip in display test lights everything even in shutdown: out of it first.
	b.all(regTest, 0)
	if blank || !d.want.running {
		b.all(regShutdown, 0)
	}
	b.all(regDecode, 0)
	b.all(regScanLimit, digits-1)
	for digit := range digits {
		frame := b.frame()
		for chip, s := range d.want.digits {
			b.put(frame, chip, regDigit0+byte(digit), s.digit(digit))
		}
	}
	b.all(regIntensity, d.want.intensity)
	if d.want.running {
		b.all(regShutdown, 1)
	}
	if err := b.send(); err != nil {
		return d.failed("write every register", err)
	}
	b.stats.Refreshes++
	d.done()
	return nil
}

// update writes the registers that differ from the shadow. Frame l carries the l-th
// change of every chip, whatever registers these are, so there are as many frames as
// the chip with the most changes has.
func (d *Dev) update() error {
	b := &d.bus
	b.begin()
	if !d.want.running {
		// The digits stay as they are: nobody sees them, and waking sends them.
		b.all(regShutdown, 0)
		copy(d.want.digits, d.have.digits)
		d.want.intensity = d.have.intensity
	} else {
		for chip, want := range d.want.digits {
			d.changes(chip, want)
		}
		if !d.have.running {
			b.all(regShutdown, 1) // the last frame: every chip holds its picture by then
		}
	}
	if err := b.send(); err != nil {
		return d.failed("write the changed registers", err)
	}
	d.done()
	return nil
}

// changes puts the differing registers of one chip into the frames.
func (d *Dev) changes(chip int, want square) {
	b, frame := &d.bus, 0
	for differ := uint64(want ^ d.have.digits[chip]); differ != 0; frame++ {
		digit := bits.LeadingZeros64(differ) / 8
		differ &^= 0xFF << (56 - 8*digit)
		b.put(frame, chip, regDigit0+byte(digit), want.digit(digit))
	}
	if d.want.intensity != d.have.intensity {
		b.put(frame, chip, regIntensity, d.want.intensity)
	}
}

// blank shuts the chips down, and takes them out of the display test, which would
// shine through.
func (d *Dev) blank() error {
	if err := d.bus.open(); err != nil {
		return d.failed("open the port", err)
	}
	b := &d.bus
	b.begin()
	b.all(regTest, 0)
	b.all(regShutdown, 0)
	if err := b.send(); err != nil {
		return d.failed("shut the chips down", err)
	}
	return nil
}

// done makes the shadow what was sent.
func (d *Dev) done() {
	d.live = true
	copy(d.have.digits, d.want.digits)
	d.have.intensity, d.have.running = d.want.intensity, d.want.running
}

// digit returns the data of one digit register.
func (s square) digit(n int) byte { return byte(s >> (56 - 8*n)) }
