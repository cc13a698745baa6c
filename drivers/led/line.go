package led

// A Line is a text laid out for frames of one size: see [Fit]. The zero Line is
// an empty text.
type Line struct {
	Text string // as shown: "99+" for a number that was too wide
	Font Font   // the font chosen, never FontAuto

	glyphs  []glyph
	gap     int // columns between two glyphs, before scaling
	scale   int // pixels of the frame per pixel of the font, at least 1
	scrolls bool
	frame   int // width of the frame it was laid out for
}

// Width returns the columns that the text takes.
func (l Line) Width() int {
	w := 0
	for i, g := range l.glyphs {
		if i > 0 {
			w += l.gap
		}
		w += g.width
	}
	return w * l.scale
}

// Scrolls reports whether the text is wider than the frame and moves through it.
func (l Line) Scrolls() bool { return l.scrolls }

// Steps returns how many positions one pass of a scrolling text has, from out of
// sight on the right to out of sight on the left. A text that stands still has 1.
func (l Line) Steps() int {
	if !l.scrolls {
		return 1
	}
	return l.frame + l.Width()
}

// Draw adds the text's lit pixels to f; it clears nothing. A text that fits stands
// in the middle, and where the middle is between two pixels, left and above of it.
// A scrolling one starts beyond the right edge at shift 0 and moves one column to
// the left for each shift; Steps more is the same position again.
func (l Line) Draw(f *Frame, shift int) {
	x := (f.Width() - l.Width()) / 2
	if l.scrolls {
		n := l.Steps()
		x = f.Width() - (shift%n+n)%n
	}
	y := (f.Height() - glyphHeight*l.scale) / 2
	for _, g := range l.glyphs {
		g.draw(f, x, y, l.scale)
		x += (g.width + l.gap) * l.scale
	}
}
