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
	"time"
	"unicode/utf8"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
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
func (f *file) check() *Config {
	r, err := decodeAs[rawCounter](f.Value)
	if err != nil {
		f.Explain(err, "")
		return nil
	}
	c := f.config(r)
	if f.Count() == 0 {
		f.trySpread(r, c)
	}
	return c
}

// trySpread evaluates the file under a spread of streaks: nothing but pages may
// differ, and every text must fit the glass.
func (f *file) trySpread(r rawCounter, c *Config) {
	for _, live := range spread(slices.Sorted(maps.Keys(r.Rules))) {
		got, ok := f.under(live)
		if !ok || !f.same(r, got, live) {
			return
		}
		for i, p := range f.pagesOf(got.Pages, live.Streak) {
			at := diagnose.Path{"pages", strconv.Itoa(i), "text"}
			if _, err := led.Fit(p.Text, 8*c.Display.Columns, 8*c.Display.Rows, p.Font, p.Overflow); err != nil {
				f.Report(at, fmt.Sprintf("cannot be shown when %s: %v", words(live.Streak), err), "")
			}
		}
	}
}

// under evaluates the file under live values.
func (f *file) under(live Live) (r rawCounter, ok bool) {
	v := f.Value.Unify(f.Context.CompileBytes(live.fields()))
	err := v.Validate(cue.All(), cue.Concrete(true))
	if err == nil {
		r, err = decodeAs[rawCounter](v)
	}
	if err == nil {
		return r, true
	}
	f.Explain(err, " when "+words(live.Streak))
	return r, false
}

// same reports whether nothing but pages differs, and says which field does.
func (f *file) same(want, got rawCounter, live Live) bool {
	want.Pages, got.Pages = nil, nil
	w, g, ok := reflect.ValueOf(want), reflect.ValueOf(got), true
	for i := range w.NumField() {
		if !reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()) {
			name, _ := diagnose.FieldName(w.Type().Field(i))
			f.Report(diagnose.Path{name}, "depends on #streak: it differs when "+words(live.Streak)+", and only pages may", "")
			ok = false
		}
	}
	return ok
}

// pagesOf turns evaluated pages into Pages. Without any, the page is the bare number.
func (f *file) pagesOf(raw []rawPage, lead Streak) []Page {
	if raw == nil {
		return []Page{{Text: strconv.Itoa(lead.Weeks), Font: led.FontAuto, Overflow: led.Saturate, For: 10 * time.Second}}
	}
	pages := make([]Page, len(raw))
	for i, r := range raw {
		at := diagnose.Path{"pages", strconv.Itoa(i)}
		if n := utf8.RuneCountInString(r.Text); n > maxText {
			f.Report(at.With("text"), fmt.Sprintf("%d characters are too many: want at most %d", n, maxText), "")
		}
		pages[i] = Page{
			Text:     r.Text,
			Font:     led.Font(r.Font),
			Overflow: led.Overflow(r.Overflow),
			For:      f.duration(at.With("for"), r.For),
		}
	}
	return pages
}

// pages returns the pages under live values; none if the file fails under them.
func (f *file) pages(live Live) []Page {
	r, ok := f.under(live)
	if !ok {
		return nil
	}
	return f.pagesOf(r.Pages, live.Streak)
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
