package picture_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// stripOf returns a strip of one broken Friday that shows the texts.
func stripOf(rule, sentence, version, project, environment string) picture.Strip {
	start := time.Date(2026, 3, 13, 0, 0, 0, 0, time.UTC)
	d := rules.Deployment{ID: version, Version: version, Project: project, Environment: environment}
	return picture.Strip{
		Rule: rule, Sentence: sentence, First: 2026, Last: 2026,
		Occurrences: []rules.Occurrence{{
			Start: start, End: start.AddDate(0, 0, 1), Status: rules.StatusBroken,
			Breaches: 1, Breach: &rules.Breach{Deployment: d, At: start},
		}},
	}
}

// TestTexts is what becomes of texts that are not plain.
func TestTexts(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"markup", `</title><script>alert("1 & 2")</script>`, `</title><script>alert("1 & 2")</script>`},
		{"an end of CDATA", "]]>&amp;<!--", "]]>&amp;<!--"},
		{"control characters", "a\x00b\x1bc\x7fd\u0085e", "a\uFFFDb\uFFFDc\uFFFDd e"},
		{"white space", "a\tb\nc\u00a0d\u2028e", "a b c d e"},
		{"broken UTF-8", "a\xffb\xc3", "a\uFFFDb\uFFFD"},
		{"a surrogate as UTF-8", "a\xed\xa0\x80b", "a\uFFFD\uFFFD\uFFFDb"},
		{"what is no character", "a\uFFFEb\uFFFF", "a\uFFFDb\uFFFD"},
		{"a turned direction", "a\u202egnp.exe\u2066b", "a\uFFFDgnp.exe\uFFFDb"},
		{"nothing to see", "a\u200bb\ufeffc\u00add", "a\uFFFDb\uFFFDc\uFFFDd"},
		{"letters and pictures", "é Ä 漢字 👩\u200d💻 e\u0301", "é Ä 漢字 👩\u200d💻 e\u0301"},
		{"long", strings.Repeat("x", 81), strings.Repeat("x", 80) + "…"},
		{"just not long", strings.Repeat("ä", 80), strings.Repeat("ä", 80)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stripOf(c.text, c.text, c.text, c.text, c.text)
			p := parse(t, svg(t, s))
			want := "Friday 13 March 2026: broken by " + c.want + " of " + c.want + " to " + c.want + ", 1 deployment"
			if got := readCells(t, p)[0].title; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if got := p.Title; utf8.RuneCountInString(c.text) < 80 && got != c.want+": "+c.want {
				t.Errorf("got the title %q, want %q twice", got, c.want)
			}
			checkHarmless(t, s)
		})
	}
}

// TestLongTexts holds long lines to ending before the edge, with an ellipsis.
func TestLongTexts(t *testing.T) {
	for _, letter := range []string{"i", "W", "漢", "…", "\xff", "\u0301"} {
		s := stripOf(strings.Repeat(letter, 2_000_000), strings.Repeat(letter+" ", 1_000_000), "v", "p", "e")
		s.Zone = time.FixedZone(strings.Repeat(letter, 200), 0)
		p := parse(t, svg(t, s))
		for _, l := range p.Texts {
			if n := utf8.RuneCountInString(l.Text); n > 400 {
				t.Errorf("%q: a line of %d letters", letter, n)
			}
		}
		for _, size := range []int{26, 17} {
			i := slices.IndexFunc(p.Texts, func(l text) bool { return l.Size == size })
			if l := p.Texts[i]; !strings.HasSuffix(l.Text, "…") || utf8.RuneCountInString(l.Text) < 20 {
				t.Errorf("%q: the line of size %d is %q", letter, size, l.Text)
			}
		}
		// In the PNG nothing is in the margin at the right.
		img := decode(t, s)
		for y := range img.Bounds().Dy() {
			for x := img.Bounds().Dx() - 40; x < img.Bounds().Dx(); x++ {
				if got := hex(img.At(x, y)); got != paper {
					t.Fatalf("%q: got %s at %d, %d of %v", letter, got, x, y, img.Bounds())
				}
			}
		}
	}
}

// checkHarmless holds an SVG to what it says of itself: XML that stands alone, of a
// few elements that draw, that does nothing and asks for nothing.
func checkHarmless(tb failer, s picture.Strip) {
	tb.Helper()
	b, err := s.SVG()
	if err != nil {
		tb.Fatalf("%v", err)
	}
	checkMarkup(tb, b)
}

// checkMarkup does so for the bytes of any picture.
func checkMarkup(tb failer, b []byte) {
	tb.Helper()
	if !utf8.Valid(b) {
		tb.Errorf("it is not UTF-8")
	}
	for _, r := range string(b) {
		if r != '\n' && r != '\u200d' && !unicode.IsGraphic(r) {
			tb.Errorf("it has the character %U", r)
		}
	}
	allowed := map[string][]string{
		"svg":   {"xmlns", "class", "role", "aria-label", "width", "height", "viewBox", "font-family", "font-size", "text-anchor"},
		"title": nil, "desc": nil,
		"g":    {"class"},
		"rect": {"x", "y", "width", "height", "rx", "fill"},
		"path": {"class", "d", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-dasharray", "filter"},
		"text": {"x", "y", "font-size", "fill", "text-anchor", "font-weight", "textLength"},

		"filter":         {"id", "filterUnits", "color-interpolation-filters"},
		"feGaussianBlur": {"stdDeviation"},
		"feMerge":        nil,
		"feMergeNode":    {"in"},
	}
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			tb.Fatalf("%v in %q", err, b)
		}
		switch e := token.(type) {
		case xml.Comment, xml.ProcInst, xml.Directive:
			tb.Errorf("it has %T", e)
		case xml.StartElement:
			attributes, ok := allowed[e.Name.Local]
			if !ok {
				tb.Errorf("it has the element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				free := a.Name.Local == "xmlns" || a.Name.Local == "aria-label"
				refers := strings.Contains(a.Value, ":") || strings.Contains(a.Value, "url(") && a.Value != "url(#led-glow)"
				if !slices.Contains(attributes, a.Name.Local) || !free && refers {
					tb.Errorf("%s has the attribute %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
			}
		}
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("no-friday-deploys", "12 weeks since Friday", "hotfix", "shop", "Production", "kept")
	f.Add("<b>", "\xff\x00", "]]>", "\u202e", "&", `"><script>`)
	f.Fuzz(func(t *testing.T, rule, sentence, version, project, environment, status string) {
		s := stripOf(rule, sentence, version, project, environment)
		s.Zone = time.FixedZone(rule, 0)
		next := s.Occurrences[0]
		next.Start, next.End, next.Status = next.Start.AddDate(0, 0, 7), next.End.AddDate(0, 0, 7), rules.Status(status)
		s.Occurrences = append(s.Occurrences, next)
		checkHarmless(t, s)
		if cells := readCells(t, parse(t, svg(t, s))); len(cells) != 2 || !slices.Contains(everyStatus(), cells[0].status) || !slices.Contains(everyStatus(), cells[1].status) {
			t.Errorf("got %+v, want two cells of known statuses", cells)
		}
	})
}

// TestErrors holds the errors to saying what was wrong and what is right.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name        string
		first, last int
		svg, png    string
	}{
		{"reversed years", 2026, 2025,
			`draw the strip of rule "r": the years 2026 to 2025: want 1 to 100 of them`, `draw the strip of rule "r": the years 2026 to 2025: want 1 to 100 of them`},
		{"too many years", 1926, 2026,
			`draw the strip of rule "r": the years 1926 to 2026: want 1 to 100 of them`, `draw the strip of rule "r": the years 1926 to 2026: want 1 to 100 of them`},
		{"just not too many", 1927, 2026, "", ""},
	} {
		s := picture.Strip{Rule: "r", First: c.first, Last: c.last}
		_, err := s.SVG()
		checkError(t, c.name+" as SVG", err, c.svg)
		_, err = s.PNG()
		checkError(t, c.name+" as PNG", err, c.png)
	}
}
