package picture

import (
	"fmt"
	"image/color"
)

// An ink is a colour, 0xRRGGBB.
type ink uint32

// The inks. Printed grey they still differ; the shapes of the fates do anyway.
const (
	paper   ink = 0xfcfbf7
	black   ink = 0x22262b
	grey    ink = 0x5b626a // text of less weight; 6 to 1 on paper
	line    ink = 0xdcdad2
	green   ink = 0x2d9b60
	pale    ink = 0xe3f4ea // green, not decided yet
	faint   ink = 0xb9c9bf // of what is to come
	red     ink = 0xb5182b
	hatched ink = 0x7f868e
)

// String returns the ink as SVG writes it: #2d9b60.
func (c ink) String() string { return fmt.Sprintf("#%06x", uint32(c)) }

func (c ink) rgba() color.RGBA {
	return color.RGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: 0xff}
}
