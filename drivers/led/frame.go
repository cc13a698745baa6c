// Package led draws what the wall shows: 1-bit frames, two fonts, a few symbols, and
// in the corners the marks, which say how far the number can be trusted. It knows no
// hardware and no clock. Values are not safe for concurrent use.
package led

import (
	"bytes"
	"strings"
)

// A Frame is a 1-bit image of any size. Pixel (0, 0) is the top left one; x grows to
// the right and y downwards. Make one with [NewFrame]; the zero Frame has no pixels.
type Frame struct {
	width, height int
	stride        int    // bytes of one row
	bits          []byte // rows from the top; bit 7 of a byte is its leftmost pixel; padding is 0
}

// NewFrame returns a dark frame of w by h pixels. A negative size counts as 0.
func NewFrame(w, h int) *Frame {
	w, h = max(w, 0), max(h, 0)
	stride := (w + 7) / 8
	return &Frame{width: w, height: h, stride: stride, bits: make([]byte, stride*h)}
}

// Width returns the number of columns.
func (f *Frame) Width() int { return f.width }

// Height returns the number of rows.
func (f *Frame) Height() int { return f.height }

// At reports whether the pixel is lit. Outside the frame nothing is.
func (f *Frame) At(x, y int) bool {
	return f.has(x, y) && f.bits[y*f.stride+x/8]&(0x80>>(x%8)) != 0
}

// Set lights or darkens the pixel. Outside the frame it does nothing, so that text
// can scroll over the edges.
func (f *Frame) Set(x, y int, lit bool) {
	switch {
	case !f.has(x, y):
	case lit:
		f.bits[y*f.stride+x/8] |= 0x80 >> (x % 8)
	default:
		f.bits[y*f.stride+x/8] &^= 0x80 >> (x % 8)
	}
}

// Clear darkens every pixel.
func (f *Frame) Clear() { clear(f.bits) }

// Equal reports whether both frames have the same size and pixels.
func (f *Frame) Equal(g *Frame) bool {
	return f.width == g.width && f.height == g.height && bytes.Equal(f.bits, g.bits)
}

// CopyFrom gives f the size and pixels of g. It allocates only when g is larger
// than every frame that f has held.
func (f *Frame) CopyFrom(g *Frame) {
	f.width, f.height, f.stride = g.width, g.height, g.stride
	f.bits = append(f.bits[:0], g.bits...)
}

// Row returns row y, eight pixels to a byte, bit 7 the leftmost, 0 beyond Width. It is
// the frame's own memory: do not write.
func (f *Frame) Row(y int) []byte {
	return f.bits[y*f.stride : (y+1)*f.stride : (y+1)*f.stride]
}

// Module returns the 8x8 pixels of a module, counted from the top left one. The top
// byte is the top row, the top bit of each byte the leftmost pixel.
func (f *Frame) Module(column, row int) (pixels uint64) {
	b, n := f.bits[8*row*f.stride+column:], f.stride
	return uint64(b[0])<<56 | uint64(b[n])<<48 | uint64(b[2*n])<<40 | uint64(b[3*n])<<32 |
		uint64(b[4*n])<<24 | uint64(b[5*n])<<16 | uint64(b[6*n])<<8 | uint64(b[7*n])
}

// String returns one line for each row, '#' for a lit pixel and '.' for a dark one.
func (f *Frame) String() string {
	var b strings.Builder
	for y := range f.height {
		for x := range f.width {
			dot := byte('.')
			if f.At(x, y) {
				dot = '#'
			}
			b.WriteByte(dot)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (f *Frame) has(x, y int) bool {
	return x >= 0 && x < f.width && y >= 0 && y < f.height
}

// A Level is the brightness of every module: [Off], or an intensity of 0 to 15, of
// which 0 is lit too (MAX7219 datasheet, table 7).
type Level int8

// Off is no light at all: the chips' shutdown, not black pixels.
const Off Level = -1

// A Picture is what every display shows: pixels and their brightness.
type Picture struct {
	Frame *Frame
	Level Level
}
