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
	for dy, row := range g.rows {
		for dx := range g.width {
			if row&(0x80>>dx) != 0 {
				f.block(x+dx*scale, y+dy*scale, scale)
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
	l := Line{Text: text, Font: f.font, gap: f.gap, scale: scale}
	for _, r := range text {
		g, ok := f.glyphs[r]
		if !ok {
			return Line{}, fmt.Errorf("the character %q has no picture: want printable ASCII", r)
		}
		l.glyphs = append(l.glyphs, g)
	}
	return l, nil
}

//go:embed 8x8.txt
var drawing8x8 string

//go:embed narrow.txt
var drawingNarrow string

// faces reads the drawings once; what it returns is never changed.
var faces = sync.OnceValues(func() ([2]face, error) {
	big, err := parse(drawing8x8)
	if err != nil {
		return [2]face{}, fmt.Errorf("8x8.txt: %w", err)
	}
	narrow, err := parse(drawingNarrow)
	if err != nil {
		return [2]face{}, fmt.Errorf("narrow.txt: %w", err)
	}
	return [2]face{
		{font: Font8x8, glyphs: big},
		{font: FontNarrow, gap: 1, glyphs: narrow},
	}, nil
})

// facesFor returns the faces to try, the preferred first.
func facesFor(font Font) ([]face, error) {
	all, err := faces()
	switch {
	case err != nil:
		return nil, err
	case font == "" || font == FontAuto:
		return all[:], nil
	case font == Font8x8:
		return all[:1], nil
	case font == FontNarrow:
		return all[1:], nil
	}
	return nil, fmt.Errorf("font %q: want %q, %q or %q", font, FontAuto, Font8x8, FontNarrow)
}

// parse reads a drawing: bands of a title line, which starts with ": " and names the
// characters ("space" is the blank), and eight lines with a cell for each of them.
// Other lines are comments.
func parse(drawing string) (map[rune]glyph, error) {
	glyphs := make(map[rune]glyph)
	lines := strings.Split(drawing, "\n")
	for n := 0; n < len(lines); n++ {
		names, ok := strings.CutPrefix(lines[n], ": ")
		if !ok {
			continue
		}
		if n+glyphHeight >= len(lines) {
			return nil, fmt.Errorf("line %d: the band is cut short", n+1)
		}
		band := make([]glyph, len(strings.Fields(names)))
		for y := range glyphHeight {
			cells := strings.Fields(lines[n+1+y])
			if len(cells) != len(band) {
				return nil, fmt.Errorf("line %d: %d cells for %d characters", n+2+y, len(cells), len(band))
			}
			for i, cell := range cells {
				if err := band[i].addRow(y, cell); err != nil {
					return nil, fmt.Errorf("line %d: %w", n+2+y, err)
				}
			}
		}
		for i, name := range strings.Fields(names) {
			if name == "space" {
				name = " "
			}
			glyphs[[]rune(name)[0]] = band[i]
		}
		n += glyphHeight
	}
	return glyphs, nil
}

func (g *glyph) addRow(y int, cell string) error {
	if len(cell) > 8 || y > 0 && len(cell) != g.width || strings.Trim(cell, ".#") != "" {
		return fmt.Errorf("%q is not a row of this character", cell)
	}
	g.width = len(cell)
	for x, c := range cell {
		if c == '#' {
			g.rows[y] |= 0x80 >> x
		}
	}
	return nil
}
