package picture

import "slices"

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

// A badgePart is one of the two halves, its ground with a text on it. Its fields are
// exported for the template.
type badgePart struct {
	shape
	Text   string
	Colour colour // of the text
	Length int    // of the text
	Middle int    // where it stands
}

// SVG returns the badge as SVG, 20 units high. Its texts are stretched to their places,
// so they fit in any font.
func (b Badge) SVG() []byte {
	ground, text := b.Tone.colours()
	label := badgePart{Text: shorten(b.Label, badgeLetters), Colour: white, shape: shape{colour: badgeGrey}}
	message := badgePart{Text: shorten(b.Message, badgeLetters), Colour: text, shape: shape{colour: ground}}
	parts := slices.DeleteFunc([]badgePart{label, message}, func(p badgePart) bool { return p.Text == "" })
	width := 0
	for i := range parts {
		p := &parts[i]
		p.Length = badgeUnits(p.Text)
		p.shape = bar(box(width, 0, p.Length+14, 20), round, p.colour)
		p.Middle = width + p.Dx()/2
		width += p.Dx()
		if i > 0 {
			p.left = 0
		}
		if i < len(parts)-1 {
			p.right = 0
		}
	}
	return execute("badge.svg", map[string]any{"Name": joined(label.Text, message.Text), "Width": width, "Size": badgeSize, "Parts": parts})
}

// badgeUnits returns the units that a clean text takes in a badge, about as Verdana
// has it.
func badgeUnits(text string) int {
	return max(1, fontUnits(text, badgeSize, letters{capitals, 72}, letters{"mwMW%@", 95}, letters{" ijl.,:!'|", 36}, letters{"frt-()/", 44}))
}
