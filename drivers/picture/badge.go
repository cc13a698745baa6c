package picture

import (
	"bytes"
	"fmt"
	"io"
)

// A Badge is what a README embeds: a label, and beside it a message on a colour.
//
// A Badge is only read by its methods, so several may run at the same time.
type Badge struct {
	Label, Message string // any text: it is cleaned, and cut after 60 letters
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
	badgeHeight  = 20
	badgePadding = 7 // beside a text
	badgeSize    = 11
	badgeLetters = 60
)

// The inks of the badge's parts, each with a text that stands out.
const (
	badgeGrey    ink = 0x454b52
	badgeGood    ink = 0x1f7a48
	badgeStale   ink = 0xd3bd6c
	badgeUnknown ink = 0xb9bec4
	white        ink = 0xffffff
)

// inks returns the colour of a tone, and that of a text on it.
func (t Tone) inks() (ground, text ink) {
	switch t {
	case ToneGood:
		return badgeGood, white
	case ToneBad:
		return red, white
	case ToneStale:
		return badgeStale, black
	}
	return badgeUnknown, black
}

// WriteSVG writes the badge as one SVG element, 20 units high. It has no styles and
// no scripts, and refers to nothing outside of it. Its texts are stretched to
// their places, so they fit in any font. The same badge always gives the same
// bytes. Errors: those of w.
func (b Badge) WriteSVG(w io.Writer) error {
	if _, err := w.Write(b.svg()); err != nil {
		return fmt.Errorf("draw the badge %q as SVG: %w", shorten(b.Label, badgeLetters), err)
	}
	return nil
}

func (b Badge) svg() []byte {
	ground, text := b.Tone.inks()
	label := plate{text: shorten(b.Label, badgeLetters), ground: badgeGrey, ink: white}
	message := plate{text: shorten(b.Message, badgeLetters), ground: ground, ink: text, x: label.width()}
	name := label.text
	if name != "" && message.text != "" {
		name += ": "
	}
	name += message.text
	width := label.width() + message.width()
	label.left, message.right = round, round
	if label.width() == 0 {
		message.left = round
	}
	if message.width() == 0 {
		label.right = round
	}

	var out bytes.Buffer
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="`)
	escape(&out, name)
	fmt.Fprintf(&out, `" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="Verdana, 'DejaVu Sans', Geneva, sans-serif" font-size="%d" text-anchor="middle">`+"\n", width, badgeHeight, badgeSize)
	element(&out, "title", name)
	out.WriteString("\n")
	label.svg(&out)
	message.svg(&out)
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// A plate is one part of a badge; without a text there is none.
type plate struct {
	text        string
	ground, ink ink
	x           int
	left, right int // radii
}

func (p plate) width() int {
	if p.text == "" {
		return 0
	}
	return letters(p.text) + 2*badgePadding
}

func (p plate) svg(b *bytes.Buffer) {
	if p.text == "" {
		return
	}
	bar{rect{p.x, 0, p.width(), badgeHeight}, p.left, p.right, p.ground}.svg(b)
	fmt.Fprintf(b, "\n"+`<text x="%d" y="14" textLength="%d" fill="%s">`, p.x+p.width()/2, letters(p.text), p.ink)
	escape(b, p.text)
	b.WriteString("</text>\n")
}

// letters returns the units that a clean text takes in a badge, about as Verdana
// has it.
func letters(text string) int {
	hundredths := 0
	for _, r := range text {
		switch {
		case r >= 0x2e80: // ideographs and pictures
			hundredths += 100
		case r == 'm' || r == 'w' || r == 'M' || r == 'W' || r == '%' || r == '@':
			hundredths += 95
		case r >= 'A' && r <= 'Z':
			hundredths += 72
		case r == ' ' || r == 'i' || r == 'j' || r == 'l' || r == '.' || r == ',' || r == ':' || r == '!' || r == '\'' || r == '|':
			hundredths += 36
		case r == 'f' || r == 'r' || r == 't' || r == '-' || r == '(' || r == ')' || r == '/' || r == 'I':
			hundredths += 44
		default:
			hundredths += 60
		}
	}
	return max(1, (hundredths*badgeSize+99)/100)
}
