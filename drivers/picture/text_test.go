package picture

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestASCII(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"12 weeks since Friday, 15:22 PST.", "12 weeks since Friday, 15:22 PST."},
		{"ÀÁÂÃÄÅ Æ Ç ÈÉÊË ÌÍÎÏ Ð Ñ ÒÓÔÕÖ × Ø ÙÚÛÜ Ý Þ ß", "AAAAAA A C EEEE IIII D N OOOOO x O UUUU Y T s"},
		{"àáâãäå æ ç èéêë ìíîï ð ñ òóôõö ÷ ø ùúûü ý þ ÿ", "aaaaaa a c eeee iiii d n ooooo / o uuuu y t y"},
		{"‘a’ “b” „c“ «d» e–f—g … →", `'a' "b" "c" "d" e-f-g ... >`},
		{"漢字 \x00\t\xff", "?? ? ?"},
		{"•·", ".."},
	} {
		if got := ascii(clean(c.text)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestLetters holds every text to having letters in the wall's font, and its width
// to being no more than was reserved for it.
func TestLetters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(1, -1, -1).Draw(t, "text")
		for _, l := range []textStyle{small, medium, heading} {
			if text := ascii(clean(text)); l.line(text).Text != text {
				t.Fatalf("%q has letters that the fonts have not", text)
			}
			if got, most := float64(l.line(text).Width()*l.dot)/2, float64(l.width(text)); got > most {
				t.Errorf("%q takes %v units, %v are reserved", text, got, most)
			}
		}
	})
}

// TestFit compares with what letters can be left out one by one.
func TestFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab é漢\x00")), 0, 30, -1).Draw(t, "text")
		units := rapid.IntRange(40, 400).Draw(t, "units")
		want := clean(text)
		for letters := []rune(text); small.width(want) > units; {
			letters = letters[:len(letters)-1]
			want = strings.TrimSpace(clean(string(letters))) + ellipsis
		}
		if got := small.fit(text, units); got != want {
			t.Errorf("%q in %d units: got %q, want %q", text, units, got, want)
		}
	})
}

// TestContrast holds texts, and what the shapes of cells are told by, to enough
// contrast (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	for _, c := range []struct {
		name          string
		colour, under colour
		want          float64
	}{
		{"text", black, paper, 4.5},
		{"text of less weight", grey, paper, 4.5},
		{"a cross", paper, red, 3},
		{"a broken cell", red, paper, 3},
		{"a kept cell", green, paper, 3},
		{"the dot of one that goes on", green, pale, 3},
		{"hatching and dashes", hatched, paper, 3},
		{"broken from kept", red, green, 1.9},
		{"a badge's label", white, badgeGrey, 4.5},
	} {
		if got := contrast(c.colour, c.under); got < c.want {
			t.Errorf("%s: got %.2f, want %.2f", c.name, got, c.want)
		}
	}
}

// TestBadgeContrast holds the text of each tone to enough contrast, as it is drawn.
func TestBadgeContrast(t *testing.T) {
	fill := regexp.MustCompile(`fill="#([0-9a-f]{6})"`)
	for _, tone := range []Tone{ToneUnknown, ToneGood, ToneBad, ToneStale} {
		var fills []colour
		for _, m := range fill.FindAllStringSubmatch(string(Badge{"label", "message", tone}.SVG()), -1) {
			n, err := strconv.ParseUint(m[1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			fills = append(fills, colour(n))
		}
		if len(fills) != 4 { // each part, its text
			t.Fatalf("tone %d: got %v", tone, fills)
		}
		for i := 0; i < len(fills); i += 2 {
			if got := contrast(fills[i], fills[i+1]); got < 4.5 {
				t.Errorf("tone %d: %s on %s is %.2f, want 4.5", tone, fills[i+1], fills[i], got)
			}
		}
	}
}

func contrast(a, b colour) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c colour) float64 {
	linear := func(v colour) float64 {
		s := float64(v&0xff) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c>>16) + 0.7152*linear(c>>8) + 0.0722*linear(c)
}
