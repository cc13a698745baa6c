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

// policyKind is counter.cue. The presets are loaded only for a policy that has one.
func policyKind() diagnose.Kind {
	return diagnose.Kind{
		Name: "counter.cue", Definition: "#Counter", Form: "schema.#Counter & {…}", Package: "counter", Init: "fridaycounter init",
		Displays: "max7219, terminal, web, mqtt or awtrix", Schema: files, Without: "presets.cue",
		Other: "#Wall", Elsewhere: "wall.cue, the file of a machine that shows what a counter publishes by display: mqtt",
	}
}

// wallKind is wall.cue.
func wallKind() diagnose.Kind {
	return diagnose.Kind{
		Name: "wall.cue", Definition: "#Wall", Form: "schema.#Wall & {…}", Package: "wall", Init: "fridaycounter init --wall DIR",
		Displays: "max7219 or terminal", Schema: files, Without: "presets.cue",
		Other: "#Counter", Elsewhere: "counter.cue: a wall only shows what its counter decides",
	}
}

// scenariosKind is counter_scenarios.cue.
func scenariosKind() diagnose.Kind {
	return diagnose.Kind{
		Name: "counter_scenarios.cue", Definition: "#Scenarios", Form: "scenarios: schema.#Scenarios & {…}", Package: "counter", Init: "fridaycounter init", Schema: files, Without: "presets.cue",
	}
}

// A file is one of the three, evaluated. Its methods turn the values into the types of this package,
// and report what CUE cannot see.
type file struct {
	*diagnose.File
	zone *time.Location // of instants
}

// evaluate answers a request in this process. CUE panics on some files; a panic
// is an answer too.
func evaluate(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Diagnostics: wholeFile(r.Name, fmt.Sprintf("CUE cannot evaluate it: %v", p)).Diagnostics}
		}
	}()
	opened, ok := diagnose.Open(r.kind(), r.Name, r.File)
	f := &file{File: opened}
	switch {
	case !ok:
	case r.Policy != nil:
		a.Scenarios = f.scenarios(r.Policy)
	case r.IsWall:
		a.Wall = f.wall(r.File)
	case r.Live != nil:
		got, _ := f.evaluateLive(*r.Live) // what is wrong with it is found
		a.Pages = f.pagesOf(got, r.Live.Streak)
	default:
		a.Config = f.check(r.File)
	}
	if f.Count() == 0 {
		return a
	}
	a = answer{}
	for _, d := range f.Diagnostics() {
		a.Diagnostics = append(a.Diagnostics, Diagnostic(d))
	}
	if r.Policy == nil {
		a.Display = f.validDisplay()
	}
	return a
}

// defaultLevel is the brightness of a file that says none. It is set here and not in the schema: one
// mistake beside a default of a list gives five messages in CUE.
const defaultLevel = 8

// brightness checks the entries, and returns the default where there are none.
func (f *file) brightness(list []Brightness) []Brightness {
	if list == nil {
		return []Brightness{{Level: defaultLevel}}
	}
	var levels [][]rules.Window
	for _, b := range list {
		levels = append(levels, b.During)
	}
	f.checkDuring("brightness", levels)
	return list
}

// config turns the evaluated file into a Config, and finds what CUE cannot say.
func (f *file) config(r fields) *Config {
	c := &Config{Sources: f.sources(r), Display: f.display(r["display"])}
	c.Package, _ = f.Package()
	r = maps.Clone(r)
	for _, done := range []string{"source", "sources", "display"} {
		delete(r, done)
	}
	f.decode(nil, r, reflect.ValueOf(c).Elem())
	if !f.loadZone(c.Timezone) {
		return c
	}
	c.Positions = map[string]rules.Position{"timezone": f.Position(diagnose.Path{"timezone"})}
	for _, r := range c.Rules {
		f.checkRule(r)
		if since := (diagnose.Path{"rules", r.Name, "since"}); r.Since != (rules.Date{}) {
			c.Positions[since.String()] = f.Position(since)
		}
	}
	var polls [][]rules.Window
	for _, p := range c.Poll {
		polls = append(polls, p.During)
	}
	f.checkDuring("poll", polls)
	c.Brightness = f.brightness(c.Brightness)
	f.checkNotify(c.Notify)
	f.checkSelected(c)
	if c.Pages == nil {
		c.Pages = []Page{defaultPage(0)}
	}
	for i := range c.Pages {
		c.Pages[i].Text = ""
	}
	return c
}

// loadZone loads the zone of the file.
func (f *file) loadZone(name string) bool {
	var err error
	if f.zone, err = time.LoadLocation(name); err != nil {
		f.Report(diagnose.Path{"timezone"}, fmt.Sprintf("the zone database here has no %q", name), "")
	}
	return err == nil
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
