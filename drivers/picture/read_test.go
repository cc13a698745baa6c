package picture_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A page is an SVG as a reader takes it in.
type page struct {
	Width   int       `xml:"width,attr"`
	Height  int       `xml:"height,attr"`
	ViewBox string    `xml:"viewBox,attr"`
	Role    string    `xml:"role,attr"`
	Title   string    `xml:"title"`
	Desc    string    `xml:"desc"`
	Ground  []element `xml:"rect"`
	Groups  []figure  `xml:"g"`
	Texts   []text    `xml:"text"`
}

// A figure is a cell, or one of the legend.
type figure struct {
	Class  string    `xml:"class,attr"`
	Title  string    `xml:"title"`
	Shapes []element `xml:",any"`
}

type element struct {
	XMLName xml.Name
	X       int    `xml:"x,attr"`
	Y       int    `xml:"y,attr"`
	W       int    `xml:"width,attr"`
	H       int    `xml:"height,attr"`
	D       string `xml:"d,attr"`
	Fill    string `xml:"fill,attr"`
}

type text struct {
	X      int    `xml:"x,attr"`
	Y      int    `xml:"y,attr"`
	Size   int    `xml:"font-size,attr"`
	Anchor string `xml:"text-anchor,attr"`
	Text   string `xml:",chardata"`
}

func parse(tb failer, svg []byte) page {
	tb.Helper()
	var p page
	if err := xml.Unmarshal(svg, &p); err != nil {
		tb.Fatalf("%v in\n%s", err, svg)
	}
	return p
}

// failer is what testing.TB and rapid.T have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// box returns where the first shape of a figure lies, which covers the rest.
func (f figure) box(tb failer) image.Rectangle {
	tb.Helper()
	s := f.Shapes[0]
	if s.XMLName.Local == "rect" {
		return image.Rect(s.X, s.Y, s.X+s.W, s.Y+s.H)
	}
	return pathBox(tb, s.D)
}

// pathBox returns the bounds of a path of the commands that a bar is drawn with,
// whose arcs are quarters of circles and so do not leave the box of their ends.
func pathBox(tb failer, d string) image.Rectangle {
	tb.Helper()
	var x, y int
	var b image.Rectangle
	for i, step := range strings.FieldsFunc(strings.NewReplacer("M", ";M", "h", ";h", "v", ";v", "a", ";a", "z", "").Replace(d), func(r rune) bool { return r == ';' }) {
		var n []int
		for _, word := range strings.Fields(step[1:]) {
			v, err := strconv.Atoi(word)
			if err != nil {
				tb.Fatalf("path %q: %v", d, err)
			}
			n = append(n, v)
		}
		switch {
		case step[0] == 'M' && len(n) == 2:
			x, y = n[0], n[1]
		case step[0] == 'h' && len(n) == 1:
			x += n[0]
		case step[0] == 'v' && len(n) == 1:
			y += n[0]
		case step[0] == 'a' && len(n) == 7:
			x, y = x+n[5], y+n[6]
		default:
			tb.Fatalf("path %q: %q", d, step)
		}
		if i == 0 {
			b = image.Rect(x, y, x, y)
		}
		b = image.Rect(min(b.Min.X, x), min(b.Min.Y, y), max(b.Max.X, x), max(b.Max.Y, y))
	}
	return b
}

// What the tests know of the layout, in units.
const (
	weekPitch = 19
	cellSide  = 16
	overhang  = 5
)

// A drawnCell is a cell of the SVG, read back.
type drawnCell struct {
	year, line    int
	first, last   int  // columns
	before, after bool // it hangs over
	status        rules.Status
	title         string
	box           image.Rectangle
}

// readCells returns the cells of an SVG, their places worked out from their shapes
// and the labels of the years and of January.
func readCells(tb failer, p page) []drawnCell {
	tb.Helper()
	left := textAt(tb, p, "Jan").X
	var cells []drawnCell
	for _, g := range p.Groups {
		status, ok := strings.CutPrefix(g.Class, "cell ")
		if !ok {
			continue
		}
		c := drawnCell{status: rules.Status(status), title: g.Title, box: g.box(tb)}
		from, to := c.box.Min.X-left, c.box.Max.X-left-cellSide
		if c.before = from%weekPitch != 0; c.before {
			from += overhang
		}
		if c.after = to%weekPitch != 0; c.after {
			to -= overhang
		}
		if from%weekPitch != 0 || to%weekPitch != 0 || c.box.Dy() != cellSide {
			tb.Fatalf("the cell %q is not in the grid: %v", c.title, c.box)
		}
		c.first, c.last = from/weekPitch, to/weekPitch
		c.year, c.line = yearAt(tb, p, c.box.Max.Y-3)
		cells = append(cells, c)
	}
	return cells
}

// yearAt returns which year's row has a base line, and how many lines below its
// first.
func yearAt(tb failer, p page, base int) (year, line int) {
	tb.Helper()
	for _, t := range years(p) {
		if t.Y <= base {
			year, line = atoi(tb, t.Text), base-t.Y
		}
	}
	if year == 0 || line%weekPitch != 0 {
		tb.Fatalf("the base %d is in no row", base)
	}
	return year, line / weekPitch
}

// years returns the labels of the rows, from the top.
func years(p page) []text {
	list := slices.DeleteFunc(slices.Clone(p.Texts), func(t text) bool { return t.Anchor != "end" })
	slices.SortFunc(list, func(a, b text) int { return a.Y - b.Y })
	return list
}

func textAt(tb failer, p page, label string) text {
	tb.Helper()
	i := slices.IndexFunc(p.Texts, func(t text) bool { return t.Text == label })
	if i < 0 {
		tb.Fatalf("there is no text %q", label)
	}
	return p.Texts[i]
}

func atoi(tb failer, s string) int {
	tb.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return n
}

// sketch draws an SVG in letters, a column for each week: # kept, X broken,
// o going on, . to come, ? not known, - before the rule; < and > where a bar goes
// on in another row.
func sketch(tb failer, svg []byte) string {
	tb.Helper()
	p := parse(tb, svg)
	cells := readCells(tb, p)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", p.Title, p.Desc)
	for _, y := range years(p) {
		year, height := atoi(tb, y.Text), 1
		for _, c := range cells {
			if c.year == year {
				height = max(height, c.line+1)
			}
		}
		lines := make([][]byte, height)
		for i := range lines {
			lines[i] = bytes.Repeat([]byte(" "), 55)
		}
		for _, c := range cells {
			if c.year == year {
				c.sketch(lines[c.line])
			}
		}
		tally := ""
		for _, t := range p.Texts {
			if t.Y == y.Y && t.Anchor == "" {
				tally = t.Text
			}
		}
		for i, l := range lines {
			if i == 0 {
				fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%s %s  %s", y.Text, l, tally), " "))
			} else {
				fmt.Fprintln(&b, strings.TrimRight("     "+string(l), " "))
			}
		}
	}
	return b.String()
}

func (c drawnCell) sketch(line []byte) {
	letter := map[rules.Status]byte{
		rules.StatusKept: '#', rules.StatusBroken: 'X', rules.StatusOpen: 'o', rules.StatusAhead: '.', rules.StatusUnknown: '?', rules.StatusBefore: '-',
	}[c.status]
	for i := c.first; i <= c.last; i++ {
		line[i+1] = letter
	}
	if c.before {
		line[c.first] = '<'
	}
	if c.after {
		line[c.last+2] = '>'
	}
}
