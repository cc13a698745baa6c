package chainsim

import "math/rand/v2"

// A chip is one MAX7219: a shift register of 16 bits and 16 registers of 8, of which
// 0, 13 and 14 are no operation.
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
func (c *chip) clock(in bool) (out bool) {
	out = c.shift&0x8000 != 0
	c.shift <<= 1
	if in {
		c.shift |= 1
	}
	return out
}

// latch is a rising edge of LOAD.
func (c *chip) latch() {
	if address := c.shift >> 8 & 0xF; address != 0 && address != 13 && address != 14 {
		c.reg[address] = byte(c.shift)
	}
}

// reset is power-up as the datasheet describes it: everything 0, which is shutdown,
// one digit scanned, no decode, lowest intensity.
func (c *chip) reset() { *c = chip{} }

// scramble is power-up as forums describe it, or noise: anything anywhere.
func (c *chip) scramble(r *rand.Rand) {
	c.shift = uint16(r.Uint32())
	for i := range c.reg {
		c.reg[i] = byte(r.Uint32())
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
