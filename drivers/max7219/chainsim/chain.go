// Package chainsim models a chain of MAX7219 chips bit by bit, with the modules that
// they light and the SPI port that drives them. Tests ask it what somebody in front of
// the wall would see.
//
// Its geometry comes from drawings of the boards and from how they are turned. It shares
// no arithmetic with the driver, so it can be the driver's oracle.
//
// Nothing here is safe for concurrent use.
package chainsim

import "math/rand/v2"

// A Chain is chips in a row, with DOUT of each at DIN of the next, and LOAD and CLK
// common to all. Chip 0 is the one next to the host.
type Chain struct {
	// OnLoad, if set, is called after every edge of LOAD: only there does what somebody
	// sees change.
	OnLoad func()

	chips []chip
	low   bool // LOAD
}

// NewChain returns n chips just powered up, as the datasheet describes it.
func NewChain(n int) *Chain { return &Chain{chips: make([]chip, n)} }

// Len returns the number of chips.
func (c *Chain) Len() int { return len(c.chips) }

// Clock shifts bytes in, the top bit first. A MAX7219 shifts whatever LOAD is; a
// MAX7221 does not.
func (c *Chain) Clock(data ...byte) {
	for _, b := range data {
		for bit := 7; bit >= 0; bit-- {
			in := uint16(b >> bit & 1)
			for i := range c.chips {
				in = c.chips[i].clock(in)
			}
		}
	}
}

// Select pulls LOAD low.
func (c *Chain) Select() { c.low = true }

// Load lets LOAD rise. If it was low, every chip executes the word that it holds.
func (c *Chain) Load() {
	if !c.low {
		return
	}
	c.low = false
	for i := range c.chips {
		c.chips[i].load()
	}
	if c.OnLoad != nil {
		c.OnLoad()
	}
}

// Corrupt sets a register of a chip, as noise on the wires does.
func (c *Chain) Corrupt(chip, register int, value byte) { c.chips[chip].reg[register] = value }

// PowerCycle is power off and on by the datasheet, which says nothing of the digits:
// they hold anything.
func (c *Chain) PowerCycle(r *rand.Rand) {
	clear(c.chips)
	for i := range c.chips {
		for digit := range 8 {
			c.chips[i].reg[Digit0+digit] = byte(r.Uint32())
		}
	}
}

// Scramble puts anything anywhere, as forums describe power-up.
func (c *Chain) Scramble(r *rand.Rand) {
	for i := range c.chips {
		chip := &c.chips[i]
		chip.shift = uint16(r.Uint32())
		for register := range chip.reg {
			chip.reg[register] = byte(r.Uint32())
		}
	}
}

// State returns a copy of all registers, to compare.
func (c *Chain) State() [][16]byte {
	all := make([][16]byte, len(c.chips))
	for i := range all {
		all[i] = c.chips[i].reg
	}
	return all
}

// A chip is one MAX7219: a shift register of 16 bits and 16 registers of 8, of which
// 0, 13 and 14 do nothing. The zero chip is one at power-up, by the datasheet: in
// shutdown, one digit scanned, no decode, lowest intensity.
type chip struct {
	shift uint16
	reg   [16]byte
}

// Register addresses, datasheet 19-4452 table 2.
const (
	Digit0    = 1 // to 8
	Decode    = 9
	Intensity = 10
	ScanLimit = 11
	Shutdown  = 12
	Test      = 15
)

// Registers lists the 13 that do something.
func Registers() []int {
	return []int{Digit0, 2, 3, 4, 5, 6, 7, 8, Decode, Intensity, ScanLimit, Shutdown, Test}
}

// clock is a rising edge of CLK: in enters at D0. DOUT shows D15 as it was before,
// since it changes only at the falling edge, 16.5 clocks after the bit came in.
func (c *chip) clock(in uint16) (out uint16) {
	out = c.shift >> 15
	c.shift = c.shift<<1 | in
	return out
}

// load is a rising edge of LOAD: the chip executes the word that it holds.
func (c *chip) load() {
	if address := c.shift >> 8 & 0xF; address != 0 && address != 13 && address != 14 {
		c.reg[address] = byte(c.shift)
	}
}

// lit reports whether a segment of a digit is lit: bit 7 is DP, 6 to 0 are A to G.
func (c *chip) lit(digit, bit int) bool {
	switch {
	case c.reg[Test]&1 != 0:
		return true
	case c.reg[Shutdown]&1 == 0, digit > int(c.reg[ScanLimit]&7):
		return false
	}
	segments := c.reg[Digit0+digit]
	if c.reg[Decode]>>digit&1 != 0 {
		segments = codeB(segments)
	}
	return segments>>bit&1 != 0
}

// codeB is the character decoder, datasheet table 5: 0 to 9, -, E, H, L, P, blank.
func codeB(data byte) byte {
	return data&0x80 | [16]byte{
		0x7E, 0x30, 0x6D, 0x79, 0x33, 0x5B, 0x5F, 0x70, 0x7F, 0x7B, 0x01, 0x4F, 0x37, 0x0E, 0x67, 0x00,
	}[data&0xF]
}
