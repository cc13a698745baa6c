package led

import (
	"fmt"
	"strings"
)

// Overflow is what becomes of a text that is wider than the frame.
type Overflow string

const (
	Saturate Overflow = "saturate" // a number becomes nines and a plus; the default of ""
	Scroll   Overflow = "scroll"   // the text moves through
)

// Fit lays out text for frames of width by height pixels.
//
// A text is enlarged by the largest whole factor for which it fits, since its height
// decides from how far it can be read. FontAuto (and "") tries the 8x8 font before the
// narrow one at each factor.
//
// A text that does not fit scrolls, or, when overflow is Saturate and it has only
// digits, becomes as many nines as fit and a plus: "99+".
//
// Errors: the text is empty, a character has no glyph, the frame is lower than 8
// pixels, a font or overflow of another name, and a text that can neither be shown nor
// saturated.
func Fit(text string, width, height int, font Font, overflow Overflow) (Line, error) {
	if text == "" {
		return Line{}, fmt.Errorf("lay out a text: it is empty")
	}
	if height < glyphHeight || width < 1 {
		return Line{}, fmt.Errorf("lay out %q: a frame of %dx%d is smaller than a character, %d pixels high",
			text, width, height, glyphHeight)
	}
	faces, err := facesFor(font)
	if err == nil && overflow != "" && overflow != Saturate && overflow != Scroll {
		err = fmt.Errorf("overflow %q: want %q or %q", overflow, Saturate, Scroll)
	}
	if err != nil {
		return Line{}, fmt.Errorf("lay out %q: %w", text, err)
	}
	line, err := largest(text, width, height, faces)
	if err != nil || line.width <= width {
		return line, err
	}
	if overflow == Scroll {
		line, err := faces[0].line(text, height/glyphHeight)
		line.steps = width + line.width
		return line, err
	}
	if strings.Trim(text, "0123456789") == "" {
		for nines := len(text) - 2; nines > 0; nines-- {
			line, err := largest(strings.Repeat("9", nines)+"+", width, height, faces)
			if err != nil || line.width <= width {
				return line, err
			}
		}
	}
	return Line{}, fmt.Errorf("lay out %q: it is %d pixels wide in the font %q, the frame %d: take more modules or let it scroll",
		text, line.width, line.Font, width)
}

// largest returns the text in the largest size and the first face that fits, or else
// in the last face at its smallest.
func largest(text string, width, height int, faces []face) (line Line, err error) {
	for scale := height / glyphHeight; scale > 0; scale-- {
		for _, f := range faces {
			if line, err = f.line(text, scale); err != nil {
				return Line{}, fmt.Errorf("lay out %q: %w", text, err)
			}
			if line.width <= width {
				return line, nil
			}
		}
	}
	return line, nil
}

// A Line is a text laid out for frames of one size: see [Fit]. The zero Line is empty.
type Line struct {
	Text string // as shown: "99+" for a number that was too wide
	Font Font   // the font chosen, never FontAuto

	glyphs []glyph
	gap    int // columns between two glyphs, before scaling
	scale  int // pixels of the frame per pixel of the font, at least 1
	width  int
	steps  int // 0: the text stands still
}

// Width returns the columns that the text takes.
func (l Line) Width() int { return l.width }

// Scrolls reports whether the text is wider than the frame and moves through it.
func (l Line) Scrolls() bool { return l.steps > 0 }

// Steps returns how many positions one pass of a scrolling text has, from out of
// sight on the right to out of sight on the left. A text that stands still has 1.
func (l Line) Steps() int { return max(l.steps, 1) }

// Draw lights the text's pixels in f; it clears nothing. A text that fits stands in the
// middle, rounded to the left and up. A scrolling one begins beyond the right edge and
// moves one column to the left for each shift, again from the right after Steps.
func (l Line) Draw(f *Frame, shift int) {
	x, y := (f.Width()-l.width)/2, (f.Height()-glyphHeight*l.scale)/2
	if n := l.steps; n > 0 {
		x = f.Width() - (shift%n+n)%n
	}
	for _, g := range l.glyphs {
		g.draw(f, x, y, l.scale)
		x += (g.width + l.gap) * l.scale
	}
}
