package picture

import (
	"fmt"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// A lettering is one of the sizes of text.
type lettering int

const (
	small    lettering = iota // months, years, legend
	sentence                  // what the number is
	heading                   // the rule's name
)

// size returns the font size in units.
func (l lettering) size() int { return [...]int{13, 17, 26}[l] }

// dot returns the pitch of the PNG's dots in half units.
func (l lettering) dot() int { return [...]int{3, 4, 6}[l] }

// line lays out a text of the letters that the fonts have, in dots.
func (l lettering) line(text string) (led.Line, error) {
	if text == "" {
		return led.Line{}, nil
	}
	line, err := led.Fit(text, maxDots, 8, led.FontNarrow, led.Saturate)
	if err != nil {
		return led.Line{}, fmt.Errorf("letter a text: %w", err)
	}
	return line, nil
}

// maxDots is more than any text is wide.
const maxDots = 1 << 20

// width returns the units that a clean text takes at most, in either writer. In
// SVG the reader's font decides; an ordinary one does not exceed this.
func (l lettering) width(text string) int {
	hundredths := 0
	for _, r := range text {
		switch {
		case r >= 0x2e80: // ideographs and pictures
			hundredths += 100
		case r == 'm' || r == 'w' || r >= 'A' && r <= 'Z':
			hundredths += 80
		default:
			hundredths += 60
		}
	}
	units := (hundredths*l.size() + 99) / 100
	if line, err := l.line(ascii(text)); err == nil {
		units = max(units, (line.Width()*l.dot()+1)/2)
	}
	return units
}

// A label is a text on the sheet.
type label struct {
	lettering
	x, y int  // of the baseline; x is its start, or its end
	end  bool // x is its end
	ink  ink
	text string
}
