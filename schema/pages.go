package schema

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// hash returns the SHA-256 of the file in hex.
func hash(file []byte) string { return fmt.Sprintf("%x", sha256.Sum256(file)) }

// decodeAs reads an evaluated value into a mirror type.
func decodeAs[T any](v cue.Value) (r T, err error) {
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
	r, err := decodeAs[rawCounter](s.value)
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
	for _, live := range spread(slices.Sorted(maps.Keys(r.Rules))) {
		got, ok := s.under(live)
		if !ok || !s.same(r, got, live) {
			return
		}
		for i, p := range s.pagesOf(got.Pages) {
			at := path{"pages", strconv.Itoa(i), "text"}
			if _, err := led.Fit(p.Text, 8*c.Display.Columns, 8*c.Display.Rows, p.Font, p.Overflow); err != nil {
				s.report(at, fmt.Sprintf("cannot be shown when %s: %v", words(live.Streak), err), "")
			}
		}
	}
}

// under evaluates the file under live values.
func (s *source) under(live Live) (r rawCounter, ok bool) {
	v := s.value.Unify(s.context.CompileBytes(live.fields()))
	err := v.Validate(cue.All(), cue.Concrete(true))
	if err == nil {
		r, err = decodeAs[rawCounter](v)
	}
	if err == nil {
		return r, true
	}
	before := len(s.found.list)
	s.explain(err)
	for i := before; i < len(s.found.list); i++ {
		s.found.list[i].Message += " when " + words(live.Streak)
	}
	return r, false
}

// same reports whether nothing but pages differs, and says which field does.
func (s *source) same(want, got rawCounter, live Live) bool {
	want.Pages, got.Pages = nil, nil
	w, g, ok := reflect.ValueOf(want), reflect.ValueOf(got), true
	for i := range w.NumField() {
		if !reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()) {
			name, _ := tagName(w.Type().Field(i))
			s.report(path{name}, "depends on #streak: it differs when "+words(live.Streak)+", and only pages may", "")
			ok = false
		}
	}
	return ok
}

// pagesOf turns evaluated pages into Pages.
func (s *source) pagesOf(raw []rawPage) []Page {
	pages := make([]Page, len(raw))
	for i, r := range raw {
		at := path{"pages", strconv.Itoa(i)}
		if n := utf8.RuneCountInString(r.Text); n > maxText {
			s.report(at.with("text"), fmt.Sprintf("%d characters are too many: want at most %d", n, maxText), "")
		}
		pages[i] = Page{
			Text:     r.Text,
			Font:     led.Font(r.Font),
			Overflow: led.Overflow(r.Overflow),
			For:      s.duration(at.with("for"), r.For),
		}
	}
	return pages
}

// pages returns the pages under live values.
func (s *source) pages(live Live) []Page {
	r, _ := s.under(live)
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
	case s.AtLeast && s.HoursToWindow < 0:
		return fmt.Sprintf("weeks is at least %d and no window is to come", s.Weeks)
	case s.AtLeast:
		return fmt.Sprintf("weeks is at least %d", s.Weeks)
	}
	return fmt.Sprintf("weeks is %d", s.Weeks)
}
