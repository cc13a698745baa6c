package led

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// A Font names one of the fonts of this package. Both have every printable ASCII
// character, drawn for this project; the drawings are 8x8.txt and narrow.txt.
type Font string

const (
	FontAuto   Font = "auto"   // the largest that fits; "" is the same
	Font8x8    Font = "8x8"    // one character on one module, strokes of two pixels
	FontNarrow Font = "narrow" // digits of 3x7 pixels, two on one module
)

// glyphHeight is the rows of a character. Digits and capitals stand on row 6; row 7
// is for the tails of g, j, p, q, y.
const glyphHeight = 8

// A glyph is one character; the top bit of rows is the leftmost pixel.
type glyph struct {
	width int // columns, 1 to 8
	rows  [glyphHeight]uint8
}

func (g glyph) draw(f *Frame, x, y, scale int) {
	for dy := range glyphHeight * scale {
		for dx := range g.width * scale {
			if g.rows[dy/scale]&(0x80>>(dx/scale)) != 0 {
				f.Set(x+dx, y+dy, true)
			}
		}
	}
}

// A face is a font ready to draw.
type face struct {
	font   Font
	gap    int // dark columns between two characters
	glyphs map[rune]glyph
}

func (f face) line(text string, scale int) (Line, error) {
	l := Line{Text: text, Font: f.font, gap: f.gap, scale: scale, width: -f.gap * scale}
	for _, r := range text {
		g, ok := f.glyphs[r]
		if !ok {
			return Line{}, fmt.Errorf("the character %q has no picture: want printable ASCII", r)
		}
		l.glyphs = append(l.glyphs, g)
		l.width += (g.width + f.gap) * scale
	}
	return l, nil
}

//go:embed 8x8.txt
var drawing8x8 string

//go:embed narrow.txt
var drawingNarrow string

// faces reads the drawings once; what it returns is never changed.
var faces = sync.OnceValue(func() []face {
	return []face{
		{font: Font8x8, glyphs: parse(drawing8x8)},
		{font: FontNarrow, gap: 1, glyphs: parse(drawingNarrow)},
	}
})

// facesFor returns the faces to try, the preferred first.
func facesFor(font Font) ([]face, error) {
	switch font {
	case "", FontAuto:
		return faces(), nil
	case Font8x8:
		return faces()[:1], nil
	case FontNarrow:
		return faces()[1:], nil
	}
	return nil, fmt.Errorf("font %q: want %q, %q or %q", font, FontAuto, Font8x8, FontNarrow)
}

// parse reads a drawing: bands of a title line, which begins with ": " and names the
// characters ("space" is the blank), and eight lines with a cell for each of them.
// Other lines are comments. It panics where a drawing is cut short.
func parse(drawing string) map[rune]glyph {
	glyphs := make(map[rune]glyph)
	lines := strings.Split(drawing, "\n")
	for n, line := range lines {
		title, ok := strings.CutPrefix(line, ": ")
		if !ok {
			continue
		}
		var cells [glyphHeight][]string
		for y := range cells {
			cells[y] = strings.Fields(lines[n+1+y])
		}
		for i, name := range strings.Fields(title) {
			var g glyph
			for y := range cells {
				cell := cells[y][i]
				g.width = len(cell)
				for x, c := range cell {
					if c == '#' {
						g.rows[y] |= 0x80 >> x
					}
				}
			}
			glyphs[rune(strings.Replace(name, "space", " ", 1)[0])] = g
		}
	}
	return glyphs
}
