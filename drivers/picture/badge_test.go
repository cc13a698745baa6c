package picture_test

import (
	"encoding/xml"
	"image"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

// A badgePage is the SVG of a badge as a reader takes it in.
type badgePage struct {
	Label  string      `xml:"aria-label,attr"`
	Role   string      `xml:"role,attr"`
	Width  int         `xml:"width,attr"`
	Height int         `xml:"height,attr"`
	Title  string      `xml:"title"`
	Shapes []element   `xml:",any"`
	Texts  []badgeText `xml:"text"`
}

type badgeText struct {
	X      int    `xml:"x,attr"`
	Length int    `xml:"textLength,attr"`
	Fill   string `xml:"fill,attr"`
	Text   string `xml:",chardata"`
}

func readBadge(tb failer, b picture.Badge) badgePage {
	tb.Helper()
	svg := b.SVG()
	checkMarkup(tb, svg)
	var p badgePage
	if err := xml.Unmarshal(svg, &p); err != nil {
		tb.Fatalf("%v in\n%s", err, svg)
	}
	return p
}

func tones() []picture.Tone {
	return []picture.Tone{picture.ToneUnknown, picture.ToneGood, picture.ToneBad, picture.ToneStale}
}

func TestGoldenBadges(t *testing.T) {
	var all []byte
	for _, b := range []picture.Badge{
		{Label: "no Friday deploys", Message: "12 weeks", Tone: picture.ToneGood},
		{Label: "no Friday deploys", Message: "0 weeks", Tone: picture.ToneBad},
		{Label: "no Friday deploys", Message: "at least 12 weeks", Tone: picture.ToneStale},
		{Label: "no Friday deploys", Message: "unknown"},
	} {
		all = append(all, b.SVG()...)
	}
	golden(t, "badges.txt", string(all))
}

func TestBadge(t *testing.T) {
	long := strings.Repeat("ä", 61)
	cut := strings.Repeat("ä", 60) + "…"
	for _, c := range []struct{ name, label, message, want string }{
		{"both", "no Friday deploys", "12 weeks", "no Friday deploys: 12 weeks"},
		{"no label", "", "12 weeks", "12 weeks"},
		{"no message", "label", "", "label"},
		{"nothing", "", "", ""},
		{"markup", `"><script>`, "&amp;\x00", `"><script>: &amp;` + "\uFFFD"},
		{"long", long, long, cut + ": " + cut},
		{"just not long", long[2:], "x", long[2:] + ": x"},
	} {
		p := readBadge(t, picture.Badge{Label: c.label, Message: c.message})
		if p.Label != c.want || p.Title != c.want || p.Role != "img" || p.Height != 20 {
			t.Errorf("%s: got the label %q, title %q, role %q, height %d; want %q", c.name, p.Label, p.Title, p.Role, p.Height, c.want)
		}
	}
}

// TestBadgePlaces holds each text to its part, and the parts to covering the badge.
func TestBadgePlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := readBadge(t, picture.Badge{Label: rapid.String().Draw(t, "label"), Message: rapid.String().Draw(t, "message"), Tone: rapid.SampledFrom(tones()).Draw(t, "tone")})
		parts := badgeParts(t, p)
		if len(parts) != len(p.Texts) {
			t.Fatalf("got %d parts for %d texts", len(parts), len(p.Texts))
		}
		x := 0
		for i, part := range parts {
			text := p.Texts[i]
			if part.Min.X != x || part.Min.Y != 0 || part.Dy() != 20 {
				t.Errorf("part %d is at %v, want it from %d", i, part, x)
			}
			if n := utf8.RuneCountInString(text.Text); n > 61 {
				t.Errorf("%q has %d letters", text.Text, n)
			}
			if left, right := text.X-text.Length/2, text.X+text.Length/2; left < part.Min.X+5 || right > part.Max.X-5 {
				t.Errorf("%q is from %d to %d in %v", text.Text, left, right, part)
			}
			x = part.Max.X
		}
		if x != p.Width {
			t.Errorf("the parts end at %d of %d", x, p.Width)
		}
	})
}

// badgeParts returns where the parts of a badge are, from the left.
func badgeParts(tb failer, p badgePage) []image.Rectangle {
	tb.Helper()
	var parts []image.Rectangle
	for _, s := range p.Shapes {
		switch s.XMLName.Local {
		case "path", "rect":
			parts = append(parts, figure{Shapes: []element{s}}.box(tb))
		}
	}
	return parts
}

// TestBadgeTones holds the tones to being told apart.
func TestBadgeTones(t *testing.T) {
	seen := make(map[string]picture.Tone)
	for _, tone := range tones() {
		p := readBadge(t, picture.Badge{Label: "label", Message: "message", Tone: tone})
		label, message := p.Shapes[0].Fill, p.Shapes[1].Fill
		if other, ok := seen[message]; ok || label == message {
			t.Errorf("tone %d is %s, as tone %d or the label", tone, message, other)
		}
		seen[message] = tone
	}
}
