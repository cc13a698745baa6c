package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// hash returns the SHA-256 of the file in hex.
func hash(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// decode reads the evaluated value into the mirror types.
func decode(v cue.Value) (rawCounter, error) {
	var r rawCounter
	b, err := v.MarshalJSON()
	if err != nil {
		return r, err
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	return r, d.Decode(&r)
}

// check is all of vet for a file that CUE accepts.
func (s *source) check() *Config {
	r, err := decode(s.value)
	if err != nil {
		s.explain(err)
		return nil
	}
	c := s.config(r)
	if !s.found.any() {
		s.trySpread(r, c)
	}
	return c
}

// trySpread evaluates the file under a spread of streaks: nothing but pages may
// differ, and every text must fit the glass.
func (s *source) trySpread(r rawCounter, c *Config) {
	names := make([]string, len(c.Rules))
	for i, rule := range c.Rules {
		names[i] = rule.Name
	}
	fixed := r
	fixed.Pages = nil
	for _, live := range spread(names) {
		got, ok := s.under(live)
		if !ok {
			return
		}
		texts := got.Pages
		got.Pages = nil
		if !reflect.DeepEqual(got, fixed) {
			s.differs(fixed, got, live)
			return
		}
		for i, p := range s.pagesOf(texts) {
			at := path{"pages", strconv.Itoa(i), "text"}
			if _, err := led.Fit(p.Text, 8*c.Display.Columns, 8*c.Display.Rows, p.Font, p.Overflow); err != nil {
				s.report(at, fmt.Sprintf("cannot be shown when %s: %v", words(live.Streak), err), "")
			}
		}
	}
}

// under evaluates the file under live values.
func (s *source) under(live Live) (rawCounter, bool) {
	v := s.value.FillPath(cue.ParsePath("#streak"), live.Streak)
	for name, streak := range live.Streaks {
		p := cue.MakePath(cue.Def("streaks"), cue.Str(name))
		if s.value.LookupPath(p).Exists() {
			v = v.FillPath(p, streak)
		}
	}
	if err := v.Validate(cue.All(), cue.Concrete(true)); err != nil {
		s.explainLive(err, live.Streak)
		return rawCounter{}, false
	}
	r, err := decode(v)
	if err != nil {
		s.explainLive(err, live.Streak)
	}
	return r, err == nil
}

// explainLive is explain for errors that appear only under some live values.
func (s *source) explainLive(err error, streak Streak) {
	before := len(s.found.list)
	s.explain(err)
	for i := before; i < len(s.found.list); i++ {
		s.found.list[i].Message += " when " + words(streak)
	}
}

// differs says which field depends on #streak.
func (s *source) differs(want, got rawCounter, live Live) {
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	for i := range w.NumField() {
		if !reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()) {
			name, _ := tagName(w.Type().Field(i))
			s.report(path{name}, "depends on #streak: it differs when "+words(live.Streak)+", and only pages may", "")
		}
	}
}

// pagesOf turns evaluated pages into Pages.
func (s *source) pagesOf(raw []rawPage) []Page {
	pages := make([]Page, len(raw))
	for i, r := range raw {
		pages[i] = Page{
			Text:     r.Text,
			Font:     led.Font(r.Font),
			Overflow: led.Overflow(r.Overflow),
			For:      s.duration(path{"pages", strconv.Itoa(i), "for"}, r.For),
		}
	}
	return pages
}

// pages returns the pages under live values, and how many there are under none.
func (s *source) pages(live Live) []Page {
	r, ok := s.under(live)
	if !ok {
		return nil
	}
	return s.pagesOf(r.Pages)
}

// words says a streak of the spread.
func words(s Streak) string {
	switch {
	case !s.Known:
		return "nothing is known"
	case s.Stale:
		return fmt.Sprintf("weeks is %d and stale", s.Weeks)
	case s.Forbidden:
		return fmt.Sprintf("weeks is %d and deploying is forbidden", s.Weeks)
	case s.AtLeast:
		return fmt.Sprintf("weeks is at least %d", s.Weeks)
	}
	return fmt.Sprintf("weeks is %d", s.Weeks)
}
