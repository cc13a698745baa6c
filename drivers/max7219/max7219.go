// Package max7219 lights a chain of MAX7219 LED matrix modules over SPI.
//
// The chips cannot be read back, and noise on the wires changes their registers. So
// the driver keeps a shadow of all 13 registers of every chip: [Dev.Show] sends those
// that differ on any chip, in one message, and nothing when none does; [Dev.Refresh] writes
// everything again, and the glass does not blink. The caller calls it on a timer.
//
// An SPI frame is what is sent between two rising edges of LOAD (the SPI chip select). It
// has a word for every chip and is never cut short or split: the chips shift whatever
// LOAD does, so a shorter frame would latch what other users of the bus left in them.
//
// Facts on the chip are from Maxim's datasheet 19-4452, rev. 4.
package max7219

import (
	"errors"
	"fmt"
	"math/bits"
	"sync"

	"github.com/fridaycounter/fridaycounter/drivers/led"

	"periph.io/x/conn/v3/spi"
)

// ErrHalted is returned for a picture shown after Halt.
var ErrHalted = errors.New("max7219: show a picture: the display was halted")

// A Dev is a chain of modules. Its methods may be called concurrently.
//
// After an error the port is closed, and what the chips hold is unknown: the next
// call opens the port again and writes everything. It has no clock, so how often
// that is tried is up to the caller.
type Dev struct {
	mu     sync.Mutex
	opts   Opts
	places []Observation // of each chip
	bus    bus
	halted bool

	live  bool      // the chips are known to hold have
	have  registers // the shadow; DECODE, SCAN LIMIT and TEST never change
	want  registers
	frame led.Frame // shown when live
	level led.Level // shown when live
}

// registers are those of the whole chain that change.
type registers struct {
	digits    []uint64 // of each chip, the one next to the Pi first
	intensity byte
	running   bool // not in shutdown
}

// lit returns how many LEDs the digits light.
func (r *registers) lit() (n int) {
	for _, s := range r.digits {
		n += bits.OnesCount64(s)
	}
	return n
}

// Stats counts since New, or on from those of [Opts].
type Stats struct {
	Ioctls    uint64 // messages handed to the port, also those that it refused
	Frames    uint64 // latched, or sent in a message that failed
	Bytes     uint64
	Opens     uint64 // times the port was opened
	Refreshes uint64 // times that every register was written, at the start too
	Errors    uint64 // calls that returned an error of the port
}

// New opens the port and makes the chain dark: the display test off first, then
// shutdown, every register, and shutdown off last, so that nothing of what the chips
// held flashes up. open is called again after an error; the Dev closes what it
// returns, whose connection must have TxPackets, as that of spidev. Halt ends it.
func New(open func() (spi.PortCloser, error), o Opts) (*Dev, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("max7219: %w", err)
	}
	n := o.Columns * o.Rows
	d := &Dev{opts: o}
	for chip := range n {
		d.places = append(d.places, o.Observation(chip))
	}
	d.bus = newBus(open, o.Speed, n)
	d.bus.stats = o.Stats
	d.have.digits, d.want.digits = make([]uint64, n), make([]uint64, n)
	d.frame = *led.NewFrame(8*o.Columns, 8*o.Rows)
	d.want.running = true
	if err := d.rewrite(true); err != nil {
		return nil, err
	}
	return d, nil
}

// Show lights p, whose frame has 8 pixels for each module in both directions. With
// [led.Off] the chips are shut down and keep their digits; the frame is not looked at
// and may be nil.
//
// Errors: a frame of another size, a level that is not -1 to 15, the port's.
func (d *Dev) Show(p led.Picture) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return ErrHalted
	}
	if err := d.check(p); err != nil {
		return fmt.Errorf("max7219: show a picture: %w", err)
	}
	if d.live && d.level == p.Level && (p.Level == led.Off || d.frame.Equal(p.Frame)) {
		return nil
	}
	if p.Level == led.Off {
		d.want.running = false
	} else {
		d.setWanted(p)
	}
	d.level = p.Level
	if d.live {
		return d.update()
	}
	return d.rewrite(false)
}

// Refresh writes all 13 registers of every chip, with the values of the last
// picture, in an order that leaves an intact chip as it is and never wakes one
// before it holds the picture.
func (d *Dev) Refresh() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return ErrHalted
	}
	return d.rewrite(false)
}

// Halt makes the chain dark and closes the port. If the port fails, it is opened
// once more: a chip that is not told keeps its picture for ever. Only the first call
// does anything.
func (d *Dev) Halt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return nil
	}
	d.halted, d.live = true, false
	err := d.blank()
	if err != nil {
		err = d.blank()
	}
	return errors.Join(err, d.bus.close())
}

// String names the chain and its port.
func (d *Dev) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fmt.Sprintf("max7219: %dx%d modules (%s) on %s", d.opts.Columns, d.opts.Rows, d.opts.Wiring, d.bus.name)
}

// Stats returns the counters.
func (d *Dev) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bus.stats
}

func (d *Dev) check(p led.Picture) error {
	switch {
	case p.Level == led.Off:
		return nil
	case p.Level < 0 || p.Level > 15:
		return fmt.Errorf("level %d: want 0 to 15, or %d for off", p.Level, led.Off)
	case p.Frame == nil:
		return errors.New("it has no frame")
	case p.Frame.Width() != d.frame.Width() || p.Frame.Height() != d.frame.Height():
		return fmt.Errorf("the frame is %dx%d, the chain %dx%d pixels",
			p.Frame.Width(), p.Frame.Height(), d.frame.Width(), d.frame.Height())
	}
	return nil
}

// setWanted sets what the registers should hold for p, and remembers the frame.
func (d *Dev) setWanted(p led.Picture) {
	d.frame.CopyFrom(p.Frame)
	for chip, at := range d.places {
		d.want.digits[chip] = at.Orientation.Undo().Of(d.frame.Module(at.Column, at.Row))
	}
	level := p.Level
	if d.opts.MaxCurrent > 0 {
		level = capped(len(d.places), d.want.lit(), level, d.opts.MaxCurrent)
	}
	d.want.intensity, d.want.running = byte(level), true
}

// Current estimates the current that the modules take now, in mA; see [Milliamps].
func (d *Dev) Current() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	level := led.Level(d.want.intensity)
	if d.halted || !d.want.running {
		level = led.Off
	}
	return Milliamps(len(d.places), d.want.lit(), level)
}
