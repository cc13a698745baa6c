package max7219

import "math"

// rewrite opens the port if need be and writes every register of every chip. With
// blank, the chips are shut down while it does: they may be awake and hold anything.
func (d *Dev) rewrite(blank bool) error {
	if err := d.bus.open(); err != nil {
		return d.failed("open the port", err)
	}
	b := &d.bus
	// A chip in display test lights everything even in shutdown: out of it first.
	b.all(regTest, 0)
	dark, level := blank || !d.want.running, d.transition()
	if dark {
		b.all(regShutdown, 0)
	} else {
		b.all(regIntensity, level)
	}
	b.all(regDecode, 0)
	b.all(regScanLimit, digits-1)
	d.putDigits(math.MaxUint64)
	if dark || level != d.want.intensity {
		b.all(regIntensity, d.want.intensity)
	}
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

// update writes the registers that differ from the shadow on any chip, on all of them. A
// lower intensity goes before the digits, a higher one after them.
func (d *Dev) update() error {
	b := &d.bus
	if !d.want.running {
		b.all(regShutdown, 0)
	} else {
		level := d.transition()
		if level != d.have.intensity {
			b.all(regIntensity, level)
		}
		var differ uint64
		for chip, want := range d.want.digits {
			differ |= want ^ d.have.digits[chip]
		}
		d.putDigits(differ)
		if level != d.want.intensity {
			b.all(regIntensity, d.want.intensity)
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

// putDigits adds a frame for each digit that is not 0 in differ, with that digit of every
// chip. A word for a chip that holds it already changes nothing there.
func (d *Dev) putDigits(differ uint64) {
	for digit := range digits {
		shift := uint(56-8*digit) & 63 // the mask is for the compiler: one instruction
		if byte(differ>>shift) == 0 {
			continue
		}
		w := d.bus.frame()
		for _, s := range d.want.digits {
			last := len(w) - wordBytes
			w[last], w[last+1] = regDigit0+byte(digit), byte(s>>shift)
			w = w[:last]
		}
	}
}

// blank shuts the chips down, and takes them out of the display test, which would
// shine through.
func (d *Dev) blank() error {
	if err := d.bus.open(); err != nil {
		return d.failed("open the port", err)
	}
	b := &d.bus
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

// Registers of the MAX7219 (datasheet 19-4452 table 2). A word on the wire is the
// register, then its data; the register's upper four bits are ignored by the chip.
const (
	regDigit0    = 0x1 // to 0x8 for digit 7; bit 7 is segment DP, bits 6 to 0 are A to G
	regDecode    = 0x9 // one bit per digit: 1 is Code-B, 0 is plain segments
	regIntensity = 0xA // 0 to 15: on for (2n+1)/32 of the time, so 0 is not off
	regScanLimit = 0xB // 7 is all eight digits; fewer would make the others brighter
	regShutdown  = 0xC // 0 is shutdown, 1 is normal; everything is kept and writable in shutdown
	regTest      = 0xF // 1 lights everything whatever the other registers say
)

const (
	wordBytes = 2 // one register of one chip
	digits    = 8 // digit registers of one chip

	// maxFrames is the longest sequence: TEST, SHUTDOWN, DECODE, SCAN LIMIT, eight
	// digits, INTENSITY, SHUTDOWN. It is far from the 511 transfers at which the
	// size field of spidev's ioctl overflows without an error.
	maxFrames = 6 + digits
)
