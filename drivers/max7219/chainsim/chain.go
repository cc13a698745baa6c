// Package chainsim is a chain of MAX7219 chips, bit by bit, with the modules that
// they light and the SPI port that drives them. It is for tests: what a test asks is
// what somebody before the wall would see.
//
// Its geometry is written down as drawings and physical turns, apart from the driver's
// arithmetic, so that one can be the oracle of the other. Nothing here is safe for
// concurrent use.
package chainsim

import (
	"math/rand/v2"
	"slices"
)

// A Chain is chips in a row, with DOUT of each at DIN of the next, and LOAD and CLK
// common to all. Chip 0 is the one next to the host.
type Chain struct {
	chips  []chip
	low    bool // LOAD
	loads  int  // rising edges of LOAD
	onLoad []func()
}

// NewChain returns n chips just powered up, as the datasheet describes it.
func NewChain(n int) *Chain { return &Chain{chips: make([]chip, n)} }

// Len returns the number of chips.
func (c *Chain) Len() int { return len(c.chips) }

// Select pulls LOAD low. It needs no call before Clock: a MAX7219 shifts whatever
// LOAD is (a MAX7221 does not).
func (c *Chain) Select() { c.low = true }

// Clock shifts bytes in, the top bit first.
func (c *Chain) Clock(data ...byte) {
	for _, b := range data {
		for bit := 7; bit >= 0; bit-- {
			in := b>>bit&1 != 0
			for i := range c.chips {
				in = c.chips[i].clock(in)
			}
		}
	}
}

// Load lets LOAD rise: every chip executes the word that it holds. Without a Select
// before it there is no edge, and nothing happens.
func (c *Chain) Load() {
	if !c.low {
		return
	}
	c.low = false
	c.loads++
	for i := range c.chips {
		c.chips[i].latch()
	}
	for _, f := range c.onLoad {
		f()
	}
}

// Window feeds a recorded trace: the bytes of one chip select window.
func (c *Chain) Window(data ...byte) {
	c.Select()
	c.Clock(data...)
	c.Load()
}

// Foreign is traffic for another device on the same bus: clocked, not loaded.
func (c *Chain) Foreign(data ...byte) { c.Clock(data...) }

// Loads returns how often the chips executed a word.
func (c *Chain) Loads() int { return c.loads }

// OnLoad adds a function that is called after every rising edge of LOAD, when a
// state of the glass begins that somebody could see.
func (c *Chain) OnLoad(f func()) { c.onLoad = append(c.onLoad, f) }

// Register returns a register of a chip.
func (c *Chain) Register(chip, register int) byte { return c.chips[chip].reg[register] }

// Corrupt sets a register of a chip behind the host's back.
func (c *Chain) Corrupt(chip, register int, value byte) { c.chips[chip].reg[register] = value }

// PowerCycle is power off and on, the chips as the datasheet describes them, except
// that the digits, of which it says nothing, hold anything if r is not nil.
func (c *Chain) PowerCycle(r *rand.Rand) {
	for i := range c.chips {
		c.chips[i].reset()
		for digit := range 8 {
			if r != nil {
				c.chips[i].reg[Digit0+digit] = byte(r.Uint32())
			}
		}
	}
}

// Scramble fills every register of every chip, and what they are shifting, with
// anything.
func (c *Chain) Scramble(r *rand.Rand) {
	for i := range c.chips {
		c.chips[i].scramble(r)
	}
}

// State returns a copy of all registers, to compare.
func (c *Chain) State() [][16]byte {
	var all [][16]byte
	for _, chip := range c.chips {
		all = append(all, chip.reg)
	}
	return slices.Clip(all)
}
