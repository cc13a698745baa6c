package web

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

// TestDays is how days are told and drawn.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		day         rules.Day
		told, class string
	}{
		{rules.Day{Known: true}, "no deployments", ""},
		{rules.Day{Known: true, Deployments: 1}, "1 deployment", "n1"},
		{rules.Day{Known: true, Deployments: 2}, "2 deployments", "n1"},
		{rules.Day{Known: true, Deployments: 3}, "3 deployments", "n2"},
		{rules.Day{Known: true, Deployments: 4}, "4 deployments", "n2"},
		{rules.Day{Known: true, Deployments: 7}, "7 deployments", "n4"},
		{rules.Day{Known: true, Deployments: 8}, "8 deployments", "n4"},
		{rules.Day{Known: true, Deployments: 2_000_000_000}, "2000000000 deployments", "n4"},
		{rules.Day{Known: true, Deployments: 2, Breaches: 1, Forbidden: 1}, "2 deployments, 1 breach, forbidden", "breach forbidden"},
		{rules.Day{Known: true, Deployments: 2, Breaches: 2, Forbidden: 0.5}, "2 deployments, 2 breaches, forbidden in part", "breach partly"},
		{rules.Day{Known: true, Forbidden: 1}, "no deployments, forbidden", "forbidden"},
		{rules.Day{Known: true, Deployments: 5, Forbidden: 0.5}, "5 deployments, forbidden in part", "n3 partly"},
		{rules.Day{}, "not known", "unknown"},
		{rules.Day{Deployments: 2, Forbidden: 1}, "at least 2 deployments, forbidden", "unknown forbidden"},
		{rules.Day{Deployments: 1, Breaches: 1}, "at least 1 deployment, 1 breach", "breach"},
		{rules.Day{Ahead: true, Known: true, Deployments: 2, Breaches: 1, Forbidden: 0.5}, "to come, forbidden in part", "ahead partly"},
		{rules.Day{Ahead: true}, "to come", "ahead"},
	} {
		c.day.Date = rules.Date{Year: 2026, Month: 3, Day: 13}
		if got, want := (page{}).DayName(&c.day), "Fri 13 Mar 2026: "+c.told; got != want {
			t.Errorf("%+v: got %q, want %q", c.day, got, want)
		}
		if got := (&calendar{step: 2}).Class(&c.day); got != c.class {
			t.Errorf("%+v: got the class %q, want %q", c.day, got, c.class)
		}
	}
}

// A drawing is an element of an SVG.
type drawing struct {
	XMLName   xml.Name
	Transform string     `xml:"transform,attr"`
	Class     string     `xml:"class,attr"`
	Fill      string     `xml:"fill,attr"`
	Attrs     []xml.Attr `xml:",any,attr"`
	Text      string     `xml:",chardata"`
	Children  []drawing  `xml:",any"`
}

// walk calls f for each element with the sum of the translations above it.
func (d *drawing) walk(x, y int, f func(d *drawing, x, y int)) {
	var dx, dy int
	fmt.Sscanf(d.Transform, "translate(%d %d)", &dx, &dy)
	f(d, x+dx, y+dy)
	for i := range d.Children {
		d.Children[i].walk(x+dx, y+dy, f)
	}
}

// drawCalendar returns the SVG. It must be XML that does nothing and asks for nothing.
func drawCalendar(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, v *View) drawing {
	var d drawing
	svg := newShown(*v).calendar()
	if err := xml.Unmarshal(svg, &d); err != nil {
		t.Fatalf("%v in\n%s", err, svg)
	}
	allowed := []string{"svg", "title", "desc", "g", "rect", "path", "circle", "text"}
	d.walk(0, 0, func(d *drawing, _, _ int) {
		if !slices.Contains(allowed, d.XMLName.Local) {
			t.Errorf("it has the element %s", d.XMLName.Local)
		}
		for _, a := range d.Attrs {
			if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "url(") {
				t.Errorf("%s has %s=%q", d.XMLName.Local, a.Name.Local, a.Value)
			}
		}
	})
	return d
}

// TestCalendarPlaces holds each day to the row of its weekday in the column of its week,
// and each month that has room to its name above the first day.
func TestCalendarPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		monday := time.Date(2024, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*rapid.IntRange(0, 1500).Draw(t, "first"))
		v := &View{At: monday}
		want, names := map[string]string{}, map[int]string{}
		for i := range 371 {
			at := monday.AddDate(0, 0, i)
			v.Year.Days = append(v.Year.Days, rules.Day{Date: rules.DateOf(at), Known: true})
			want[at.Format("Mon 2 Jan 2006: no deployments")] = fmt.Sprint(86+i/7*19, " ", 146+i%7*19)
			if at.Day() == 1 && i < 371-14 {
				names[86+i/7*19] = at.Format("Jan")
			}
		}
		d := drawCalendar(t, v)
		d.walk(0, 0, func(d *drawing, x, y int) {
			if strings.HasPrefix(d.Class, "day") {
				name := d.Children[0].Text
				if got := fmt.Sprint(x, " ", y); got != want[name] {
					t.Errorf("%q is at %s, want %s", name, got, want[name])
				}
				delete(want, name)
			}
			if d.XMLName.Local == "text" && attribute(d, "y") == "-12" {
				fmt.Sscan(attribute(d, "x"), &x)
				if name, ok := names[86+x]; ok && !strings.HasPrefix(d.Text, name) {
					t.Errorf("got %q above %s", d.Text, name)
				}
				delete(names, 86+x)
			}
		})
		if len(want)+len(names) > 0 {
			t.Errorf("it has not %v, %v", want, names)
		}
	})
}

func attribute(d *drawing, name string) string {
	for _, a := range d.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// TestCalendarFigures holds what days mean to looking different, and each shade to being
// darker than the one before.
func TestCalendarFigures(t *testing.T) {
	d := drawCalendar(t, sampleView(t))
	looks, shades := map[string]string{}, map[string]string{}
	d.walk(0, 0, func(d *drawing, _, _ int) {
		if class, ok := strings.CutPrefix(d.Class, "day"); ok {
			class = strings.TrimSpace(class)
			look := ""
			for _, shape := range d.Children[1:] {
				look += fmt.Sprint(shape.Fill, shape.Attrs)
			}
			looks[class], shades[class] = look, d.Children[1].Fill
		}
	})
	if len(looks) < 10 {
		t.Fatalf("the sample has %d kinds of days", len(looks))
	}
	for a := range looks {
		for b := range looks {
			if a != b && looks[a] == looks[b] {
				t.Errorf("%q and %q look alike", a, b)
			}
		}
	}
	before := "#fcfbf7"
	for _, class := range []string{"", "n1", "n2", "n3", "n4"} {
		if got := contrast(t, before, shades[class]); got < 1.15 || luminance(t, shades[class]) >= luminance(t, before) {
			t.Errorf("%q: the contrast to the shade before is %.2f, want 1.15 and darker", class, got)
		}
		before = shades[class]
	}
}
