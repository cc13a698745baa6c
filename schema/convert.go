package schema

import (
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// defaultLevel is the brightness of a file that says none. It is set here and not in the schema: one
// mistake beside a default of a list gives five messages in CUE.
const defaultLevel = 8

// config turns the evaluated file into a Config, and finds what CUE cannot say.
func (f *file) config(r fields) *Config {
	c := &Config{}
	c.Package, _ = f.Package()
	r = maps.Clone(r)
	r["display"] = f.countModules(r["display"].(fields))
	f.decodeSources(r, c)
	delete(r, "source")
	delete(r, "sources")
	f.decode(nil, r, reflect.ValueOf(c).Elem())
	loc, err := time.LoadLocation(c.Timezone)
	if err != nil {
		f.Report(diagnose.Path{"timezone"}, fmt.Sprintf("the zone database here has no %q", c.Timezone), "")
		return c
	}
	if c.Brightness == nil {
		c.Brightness = []Brightness{{Level: defaultLevel}}
	}
	c.Positions = map[string]rules.Position{"timezone": f.Position(diagnose.Path{"timezone"})}
	for _, r := range c.Rules {
		at := diagnose.Path{"rules", r.Name}
		if r.Since != (rules.Date{}) {
			c.Positions[at.With("since").String()] = f.Position(at.With("since"))
		}
		f.completeWindows(at.With("forbid"), r.Forbid)
		for i, e := range r.Except {
			f.completeDates(at.With("except").With(strconv.Itoa(i)).With("dates"), e.Dates)
		}
	}
	var polls, levels [][]rules.Window
	for _, p := range c.Poll {
		polls = append(polls, p.During)
	}
	for _, b := range c.Brightness {
		levels = append(levels, b.During)
	}
	f.checkDuring("poll", polls, loc)
	f.checkDuring("brightness", levels, loc)
	f.checkSources(c)
	f.checkDisplay(&c.Display)
	f.checkWindows(c, loc)
	f.checkSelected(c)
	c.Pages = f.pagesOf(r, Streak{})
	for i := range c.Pages {
		c.Pages[i].Text = ""
	}
	return c
}

// completeWindows gives the last date to a range of one day.
func (f *file) completeWindows(p diagnose.Path, windows []rules.Window) {
	for i, w := range windows {
		f.completeDates(p.With(strconv.Itoa(i)).With("dates"), w.Dates)
	}
}

func (f *file) completeDates(p diagnose.Path, ranges []rules.DateRange) {
	for i := range ranges {
		d := &ranges[i]
		if d.Last == (rules.Date{}) {
			d.Last = d.First
		}
		if d.Last.String() < d.First.String() {
			f.Report(p.With(strconv.Itoa(i)).With("last"), fmt.Sprintf("%s is before first, %s", d.Last, d.First), "")
		}
	}
}

// pagesOf returns the pages of evaluated fields. Without any, the page is the bare number.
func (f *file) pagesOf(r fields, lead Streak) (pages []Page) {
	if r["pages"] == nil {
		return []Page{defaultPage(lead.Weeks)}
	}
	at := diagnose.Path{"pages"}
	f.decode(at, r["pages"], reflect.ValueOf(&pages).Elem())
	for i, p := range pages {
		if n := utf8.RuneCountInString(p.Text); n > maxText {
			f.Report(at.With(strconv.Itoa(i)).With("text"), fmt.Sprintf("%d characters are too many: want at most %d", n, maxText), "")
		}
	}
	return pages
}
