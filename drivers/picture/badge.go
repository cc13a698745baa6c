package picture

import "slices"

// A Badge is what a README embeds: a label, and beside it a message on a colour.
type Badge struct {
	Label, Message string // cut after 60 letters
	Tone           Tone
}

// A Tone is what a message means.
type Tone int

// The tones.
const (
	ToneUnknown Tone = iota
	ToneGood
	ToneBad
	ToneStale
)

// tones are the colour of each, and that of a text that stands out on it.
var tones = [...]struct{ ground, text colour }{
	ToneUnknown: {0xb9bec4, black}, // grey
	ToneGood:    {0x1f7a48, white}, // green
	ToneBad:     {red, white},
	ToneStale:   {0xd3bd6c, black}, // between grey and yellow
}

const (
	badgeSize           = 11 // of the font
	badgeLetters        = 60
	badgeGrey    colour = 0x454b52 // the ground of a label
)

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
	tone := tones[b.Tone]
	label := badgePart{Text: shorten(b.Label, badgeLetters), Colour: white, shape: shape{colour: badgeGrey}}
	message := badgePart{Text: shorten(b.Message, badgeLetters), Colour: tone.text, shape: shape{colour: tone.ground}}
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
