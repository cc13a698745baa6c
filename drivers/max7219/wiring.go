package max7219

import (
	"fmt"
	"math/bits"
)

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

// square is the picture of one module: the first row in the top byte, the leftmost
// pixel in the top bit of each; or its digit registers, digit 0 in the top byte.
type square uint64

func (s square) upsideDown() square { return square(bits.Reverse64(uint64(s))) }
func (s square) flipRows() square   { return square(bits.ReverseBytes64(uint64(s))) }
func (s square) flipColumns() square {
	return square(bits.ReverseBytes64(bits.Reverse64(uint64(s))))
}

// transpose swaps rows and columns (Warren, Hacker's Delight, section 7-3).
func (s square) transpose() square {
	t := (s ^ s>>7) & 0x00AA00AA00AA00AA
	s ^= t ^ t<<7
	t = (s ^ s>>14) & 0x0000CCCC0000CCCC
	s ^= t ^ t<<14
	t = (s ^ s>>28) & 0x00000000F0F0F0F0
	return s ^ t ^ t<<28
}

func (s square) clockwise() square        { return s.transpose().flipColumns() }
func (s square) counterclockwise() square { return s.transpose().flipRows() }

// symmetry is one of the eight ways to lay a square on a square: first bit 2
// transposes, then bit 1 flips the columns, then bit 0 flips the rows.
type symmetry uint8

func (y symmetry) apply(s square) square {
	if y&4 != 0 {
		s = s.transpose()
	}
	switch y & 3 {
	case 1:
		return s.flipRows()
	case 2:
		return s.flipColumns()
	case 3:
		return s.upsideDown()
	}
	return s
}

// registers turns the picture that a module is to show into its digit registers.
func (o Opts) registers(s square, upsideDown bool) square {
	if upsideDown {
		s = s.upsideDown()
	}
	for range o.Rotate / 90 {
		s = s.clockwise()
	}
	if o.Mirror {
		s = s.flipColumns()
	}
	switch o.Wiring {
	case Generic:
		return s.counterclockwise()
	case Parola:
		return s.flipColumns()
	case ICStation:
		return s.upsideDown()
	}
	return s
}

// symmetry returns what registers does as one of the eight.
func (o Opts) symmetry(upsideDown bool) symmetry {
	for y := range symmetry(8) {
		if y.apply(anF) == o.registers(anF, upsideDown) {
			return y
		}
	}
	panic("max7219: registers is not a symmetry of the square") // it composes symmetries
}

func (w Wiring) check() error {
	switch w {
	case FC16, Generic, Parola, ICStation:
		return nil
	}
	return fmt.Errorf("wiring %q: want %q, %q, %q or %q", string(w), FC16, Generic, Parola, ICStation)
}
