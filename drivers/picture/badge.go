package picture

import (
	"bytes"
	"fmt"
	"html"
)

// A Badge is what a README embeds: a label, and beside it a message on a colour.
type Badge struct {
	Label, Message string // cut after 60 letters
	Tone           Tone
}

// A Tone is what a message means.
type Tone int

// The tones. Every other number is as ToneUnknown.
const (
	ToneUnknown Tone = iota // grey
	ToneGood                // green
	ToneBad                 // red
	ToneStale               // between grey and yellow
)

const (
	badgeHeight         = 20
	badgeSize           = 11 // of the font
	badgeLetters        = 60
	badgeGrey    colour = 0x454b52 // the ground of a label
)

// colours returns the colour of a tone, and that of a text that stands out on it.
func (t Tone) colours() (ground, text colour) {
	switch t {
	case ToneGood:
		return 0x1f7a48, white
	case ToneBad:
		return red, white
	case ToneStale:
		return 0xd3bd6c, black
	}
	return 0xb9bec4, black
}

// SVG returns the badge as SVG, 20 units high. Its texts are stretched to their places,
// so they fit in any font.
func (b Badge) SVG() []byte {
	label, message := shorten(b.Label, badgeLetters), shorten(b.Message, badgeLetters)
	ground, text := b.Tone.colours()
	var parts bytes.Buffer
	width := 0
	for _, p := range []struct {
		text           string
		ground, colour colour
	}{{label, badgeGrey, white}, {message, ground, text}} {
		if p.text == "" {
			continue
		}
		long := badgeUnits(p.text)
		s := bar(box(width, 0, long+14, badgeHeight), round, p.ground)
		if width > 0 {
			s.left = 0
		} else if label != "" && message != "" {
			s.right = 0
		}
		fmt.Fprintf(&parts, "%s\n"+`<text x="%d" y="14" textLength="%d" fill="%s">%s</text>`+"\n", s.SVG(), width+s.Dx()/2, long, p.colour, html.EscapeString(p.text))
		width += s.Dx()
	}
	name := html.EscapeString(joined(label, message))
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="%[1]s" width="%[2]d" height="%[3]d" viewBox="0 0 %[2]d %[3]d" font-family="Verdana, 'DejaVu Sans', Geneva, sans-serif" font-size="%[4]d" text-anchor="middle">
<title>%[1]s</title>
%[5]s</svg>
`, name, width, badgeHeight, badgeSize, parts.Bytes())
}

// badgeUnits returns the units that a clean text takes in a badge, about as Verdana
// has it.
func badgeUnits(text string) int {
	return max(1, fontUnits(text, badgeSize, letters{capitals, 72}, letters{"mwMW%@", 95}, letters{" ijl.,:!'|", 36}, letters{"frt-()/", 44}))
}
