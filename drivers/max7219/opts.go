package max7219

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"periph.io/x/conn/v3/physic"
)

const (
	maxSpeed     = 10 * physic.MegaHertz // CLK period of 100 ns, datasheet timing table
	defaultSpeed = 1 * physic.MegaHertz  // long wires and 3.3 V levels
	minSpeed     = 100 * physic.Hertz    // of periph's spidev driver
)

// Opts says how the chain is built. All of it describes the wall as seen
// from the front. [FindOpts] finds the options of a wall by what is seen on it.
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
	// Reversed, Serpentine and BottomUp change that, each on its own.
	//
	// Reversed: every row runs from left to right instead; the module next to the
	// Pi is the top left one. A strip of fc16 that hangs so is upside down: it needs
	// Rotate 180 too.
	Reversed bool
	// Serpentine: every second row runs against the one before it, so that the cable
	// between two rows is short. The boards of those rows hang upside down, as their
	// data input is then on the other side; only those of the generic wiring, which
	// are cabled from the top, hang like all others.
	Serpentine bool
	// BottomUp: the chain begins in the bottom row and goes up row by row.
	BottomUp bool

	// Speed is the SPI clock, at most 10 MHz; 0 is 1 MHz. Lower it when the picture
	// flickers or breaks on the modules far from the Pi.
	Speed physic.Frequency

	// MaxCurrent is how many mA the modules may take in all, by the estimate of
	// [Milliamps]; a picture that would take more is shown at a lower intensity, never
	// below level 0. 0: there is no limit. It holds after every frame from the second of
	// [New] on, also between two pictures. Where a message breaks off within a frame,
	// chips take words that are not theirs until the second frame of the next call:
	// between two words up to 39 mA more for each module, within a word up to all that
	// its LEDs can take.
	MaxCurrent int

	// Stats is what the Dev counts on from.
	Stats Stats
}

func (o Opts) withDefaults() (Opts, error) {
	o.Rows, o.Speed = cmp.Or(o.Rows, 1), cmp.Or(o.Speed, defaultSpeed)
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
	case !slices.Contains(wirings, o.Wiring):
		return o, fmt.Errorf("wiring %q: want one of %q", o.Wiring, wirings)
	}
	return o, nil
}

// maxModules bounds the chain before a port is asked: one frame has to fit in one
// message, 4096 bytes unless spidev was told otherwise.
const maxModules = 4096

// Wiring is how a board connects the 64 LEDs to the chip. The four are those of the
// MD_MAX72XX library, with its structured names (digits are rows, columns reversed,
// rows reversed); look at the board to tell them apart:
//
//   - fc16 (DR1CR0RR0): "FC-16" is printed on the back; nearly every strip of four
//     modules on one board. Digit 0 is the top row, segment DP the left column.
//     Data in is on the right.
//   - generic (DR0CR1RR0): a green or black board, longer than the matrix, with the
//     chip beside the matrix and five pins at both short ends. Held with the chip
//     on top, digit 0 is the right column, segment DP the top row. Data enters at
//     the top, and the modules are cabled from right to left.
//   - parola (DR1CR1RR0): the board of the Parola project. Digit 0 is the top row,
//     segment DP the right column. Data in is on the right.
//   - icstation (DR1CR1RR1): the kit sold by ICStation. Digit 0 is the bottom row,
//     segment DP the right column. Data in is on the right.
type Wiring string

const (
	FC16      Wiring = "fc16"
	Generic   Wiring = "generic"
	Parola    Wiring = "parola"
	ICStation Wiring = "icstation"
)

var wirings = []Wiring{FC16, Generic, Parola, ICStation} // the commonest first

// boards are how the picture of a module gets into its digit registers, digit 0 in the top
// byte and segment DP in the top bit of each.
var boards = map[Wiring]Orientation{
	FC16:      {},
	Generic:   {Turns: 3},
	Parola:    {Mirrored: true},
	ICStation: {Turns: 2},
}

// An Orientation is how a picture stands on the glass.
type Orientation struct {
	Mirrored bool // left and right are swapped
	Turns    int  // then it is turned clockwise by so many quarters, 0 to 3
}

// Of returns how the picture of a module is seen, in the order of [led.Frame.Module].
func (r Orientation) Of(pixels uint64) uint64 {
	if r.Mirrored {
		pixels = mirrored(pixels)
	}
	for range r.Turns {
		pixels = mirrored(transposed(pixels))
	}
	return pixels
}

// Undo returns the orientation that makes a picture upright again.
func (r Orientation) Undo() Orientation {
	if !r.Mirrored { // a mirrored orientation undoes itself
		r.Turns = (4 - r.Turns) % 4
	}
	return r
}

// then returns what becomes of a picture that is seen so when it is turned once more.
func (r Orientation) then(next Orientation) Orientation {
	if next.Mirrored { // turns before it go the other way
		r.Turns = 4 - r.Turns
	}
	return Orientation{Mirrored: r.Mirrored != next.Mirrored, Turns: (r.Turns + next.Turns) % 4}
}

// mirrored swaps left and right.
func mirrored(pixels uint64) uint64 { return bits.Reverse64(bits.ReverseBytes64(pixels)) }

// transposed swaps rows and columns (Warren, Hacker's Delight, section 7-3).
func transposed(s uint64) uint64 {
	t := (s ^ s>>7) & 0x00AA00AA00AA00AA
	s ^= t ^ t<<7
	t = (s ^ s>>14) & 0x0000CCCC0000CCCC
	s ^= t ^ t<<14
	t = (s ^ s>>28) & 0x00000000F0F0F0F0
	return s ^ t ^ t<<28
}
