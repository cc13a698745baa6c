package picture_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

func decode(tb testing.TB, s picture.Strip) image.Image {
	tb.Helper()
	b, err := s.PNG()
	if err != nil {
		tb.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	return img
}

func hex(c color.Color) string {
	r, g, b, a := c.RGBA()
	if a != 0xffff {
		return "not opaque"
	}
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// The colours of the tests.
const (
	paper  = "#fcfbf7"
	green  = "#2d9b60"
	pale   = "#e3f4ea"
	faint  = "#b9c9bf"
	red    = "#b5182b"
	hatchy = "#7f868e"
)

// TestPNGColours looks at the PNG where the SVG has its cells.
func TestPNGColours(t *testing.T) {
	looked := make(map[rules.Status]int)
	for _, name := range []string{"no-friday-deploys", "lunch and evening", "fridays and holidays", "more than can be shown", "always, kept"} {
		checkColours(t, named(t, name), looked)
	}
	checkColours(t, named(t, "freezes"), looked)
	for _, f := range everyStatus() {
		if looked[f] == 0 {
			t.Errorf("no cell was %s", f)
		}
	}
}

// checkColours looks at two points in each week of a cell: its middle, and one
// that tells what is at the middle from what is around it.
func checkColours(t *testing.T, s picture.Strip, looked map[rules.Status]int) {
	t.Helper()
	img := decode(t, s)
	const n = 2 // pixels for each unit
	want := map[rules.Status]struct {
		middle string
		x, y   int
		other  string
	}{
		rules.StatusKept:    {green, 2, 7, green},
		rules.StatusBroken:  {paper, 2, 7, red},
		rules.StatusOpen:    {green, 8, 3, pale},
		rules.StatusAhead:   {faint, 8, 3, paper},
		rules.StatusBefore:  {hatchy, 8, 3, paper},
		rules.StatusUnknown: {"", 8, 0, hatchy},
	}
	for _, cell := range readCells(t, parse(t, svg(t, s))) {
		x, y, w := cell.box.Min.X, cell.box.Min.Y, want[cell.status]
		if cell.before {
			x += overhang
		}
		at := func(dx, dy int) string { return hex(img.At((x+dx)*n+n/2, (y+dy)*n+n/2)) }
		for column := cell.first; column <= cell.last; column, x = column+1, x+weekPitch {
			looked[cell.status]++
			if got := at(cellSide/2, cellSide/2); got != w.middle && w.middle != "" {
				t.Errorf("%s: %q: the middle is %s, want %s", s.Rule, cell.title, got, w.middle)
			}
			if got := at(w.x, w.y); got != w.other {
				t.Errorf("%s: %q: got %s at %d, %d; want %s", s.Rule, cell.title, got, w.x, w.y, w.other)
			}
		}
	}
}

// TestPNGSize holds the image to the SVG's size.
func TestPNGSize(t *testing.T) {
	s := named(t, "freezes")
	p := parse(t, svg(t, s))
	if p.ViewBox != fmt.Sprintf("0 0 %d %d", p.Width, p.Height) {
		t.Errorf("got the view box %s of %dx%d", p.ViewBox, p.Width, p.Height)
	}
	if got := decode(t, s).Bounds(); got != image.Rect(0, 0, 2*p.Width, 2*p.Height) {
		t.Errorf("got %v of %dx%d", got, p.Width, p.Height)
	}
}

// TestPNGLetters holds the texts to being in the image, where the SVG has them:
// a label that were not there would leave its place empty.
func TestPNGLetters(t *testing.T) {
	s := named(t, "no-friday-deploys")
	img := decode(t, s)
	for _, l := range parse(t, svg(t, s)).Texts {
		box := image.Rect(l.X, l.Y-l.Size/2, l.X+8, l.Y)
		if l.Anchor == "end" {
			box = image.Rect(l.X-8, l.Y-l.Size/2, l.X, l.Y)
		}
		if n := darkPixels(img, box, 2); n == 0 {
			t.Errorf("there is nothing at %q", l.Text)
		}
	}
}

// darkPixels counts the pixels of a box that are not light, as a printer without colours
// and without greys would print them.
func darkPixels(img image.Image, box image.Rectangle, scale int) int {
	n := 0
	for y := box.Min.Y * scale; y < box.Max.Y*scale; y++ {
		for x := box.Min.X * scale; x < box.Max.X*scale; x++ {
			if dark(img.At(x, y)) {
				n++
			}
		}
	}
	return n
}

func dark(c color.Color) bool { return color.GrayModel.Convert(c).(color.Gray).Y < 210 }

// TestStatusesWithoutColour holds any two statuses to being different in more than one
// tenth of a cell when they are printed black and white.
func TestStatusesWithoutColour(t *testing.T) {
	s := picture.Strip{First: 2026, Last: 2026}
	for i, f := range everyStatus() {
		start := time.Date(2026, 3, 1+7*i, 0, 0, 0, 0, time.UTC)
		s.Occurrences = append(s.Occurrences, rules.Occurrence{Start: start, End: start.AddDate(0, 0, 1), Status: f})
	}
	cells := readCells(t, parse(t, svg(t, s)))
	if len(cells) != len(everyStatus()) {
		t.Fatalf("got %d cells", len(cells))
	}
	img := decode(t, s)
	const side = 2 * cellSide
	for i, a := range cells {
		for _, b := range cells[:i] {
			differ := 0
			for y := range side {
				for x := range side {
					in := func(c drawnCell) bool { return dark(img.At(2*c.box.Min.X+x, 2*c.box.Min.Y+y)) }
					if in(a) != in(b) {
						differ++
					}
				}
			}
			if differ*10 < side*side {
				t.Errorf("%s and %s differ in %d of %d pixels", a.status, b.status, differ, side*side)
			}
		}
	}
}
