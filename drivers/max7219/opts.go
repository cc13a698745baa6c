package max7219

import (
	"fmt"

	"periph.io/x/conn/v3/physic"
)

const (
	maxSpeed     = 10 * physic.MegaHertz // CLK period of 100 ns, datasheet timing table
	defaultSpeed = 1 * physic.MegaHertz  // long wires and 3.3 V levels
	minSpeed     = 100 * physic.Hertz    // of periph's spidev driver
)

// Opts says how the chain is built. All of it describes the wall as one stands
// before it.
//
// To find the options: light two digits. If every digit is turned or mirrored in
// itself, change Wiring, or Rotate and Mirror. If the digits are right and stand in
// the wrong order, set Reversed. If only every second row of a grid is wrong, set
// Serpentine.
type Opts struct {
	Columns int // modules in a row, at least 1
	Rows    int // rows of modules; 0 is 1

	Wiring Wiring // required

	// Rotate turns the picture of every module clockwise: 0, 90, 180 or 270 degrees.
	// It corrects modules that hang turned the other way.
	Rotate int
	// Mirror then swaps left and right on every module.
	Mirror bool

	// The chain runs from right to left, since the boards have their data input on
	// the right, and row by row from the top, each row from the right again.
	//
	// Reversed: every row runs from left to right instead; the module next to the
	// Pi is the top left one. A strip of fc16 that hangs so is upside down: it needs
	// Rotate 180 too.
	Reversed bool
	// Serpentine: every second row runs against the one above it, so that the cable
	// between two rows is short. The boards of those rows hang upside down, as their
	// data input is then on the other side; only those of the generic wiring, which
	// are cabled from the top, hang like all others.
	Serpentine bool

	// Speed is the SPI clock, at most 10 MHz; 0 is 1 MHz. Lower it when the picture
	// flickers or breaks on the modules far from the Pi.
	Speed physic.Frequency

	// MaxCurrent is how many mA the modules may take in all, by the estimate of
	// [Milliamps]; a picture that would take more is shown at a lower intensity, never
	// below level 0. It holds after every frame from the second of [New] on, also on the
	// way from one picture to the next and when a message breaks off between two
	// frames. Where one breaks off within a frame, chips take words that are not theirs:
	// between two words up to 39 mA more for each module, within a word up to all that
	// its LEDs can take. That lasts until the second frame of the next call. 0: there is
	// no limit.
	MaxCurrent int
}

func (o Opts) withDefaults() (Opts, error) {
	if o.Rows == 0 {
		o.Rows = 1
	}
	if o.Speed == 0 {
		o.Speed = defaultSpeed
	}
	switch {
	case o.Columns < 1 || o.Rows < 1:
		return o, fmt.Errorf("%d columns and %d rows: want at least 1 module", o.Columns, o.Rows)
	case o.Columns > maxModules/o.Rows:
		return o, fmt.Errorf("%d columns and %d rows: want at most %d modules", o.Columns, o.Rows, maxModules)
	case o.Rotate != 0 && o.Rotate != 90 && o.Rotate != 180 && o.Rotate != 270:
		return o, fmt.Errorf("rotate %d: want 0, 90, 180 or 270 degrees", o.Rotate)
	case o.MaxCurrent < 0:
		return o, fmt.Errorf("at most %d mA: want a positive current, or 0 for no limit", o.MaxCurrent)
	case o.Speed < minSpeed || o.Speed > maxSpeed:
		return o, fmt.Errorf("speed %s: want %s to %s", o.Speed, minSpeed, maxSpeed)
	}
	return o, o.Wiring.check()
}

// maxModules bounds the chain before a port is asked: one frame has to fit in one
// message, 4096 bytes unless spidev was told otherwise.
const maxModules = 4096

// place is where a chip's module hangs, and how its picture becomes registers.
type place struct {
	module   int // counted from the top left, row by row
	symmetry symmetry
}

// places returns the module of every chip, that next to the Pi first.
func (o Opts) places() []place {
	upright, turned := o.symmetry(false), o.symmetry(o.Wiring != Generic)
	var all []place
	for row := range o.Rows {
		against := o.Serpentine && row%2 == 1
		for i := range o.Columns {
			column := i
			if against == o.Reversed { // from the right
				column = o.Columns - 1 - i
			}
			p := place{module: row*o.Columns + column, symmetry: upright}
			if against {
				p.symmetry = turned
			}
			all = append(all, p)
		}
	}
	return all
}
