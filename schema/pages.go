package schema

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"time"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// check is all of vet for a file that CUE accepts.
func (f *file) check(text []byte) *Config {
	r, err := fieldsOf(f.Value)
	if err != nil {
		f.Explain(err, "")
		return nil
	}
	c := f.config(r)
	c.Hash = fmt.Sprintf("%x", sha256.Sum256(text))
	if f.Count() == 0 {
		f.checkPages(r, c)
	}
	return c
}

// checkPages evaluates the file under a spread of streaks: nothing but pages may
// differ, and every text must fit the glass.
func (f *file) checkPages(r fields, c *Config) {
	for _, live := range liveSamples(c.Rules) {
		got, ok := f.evaluateLive(live)
		if !ok || !f.checkIndependent(r, got, live) {
			return
		}
		for i, p := range f.pagesOf(got, live.Streak) {
			at := diagnose.Path{"pages", strconv.Itoa(i), "text"}
			if _, err := led.Fit(p.Text, 8*c.Display.Columns, 8*c.Display.Rows, p.Font, p.Overflow); err != nil {
				f.Report(at, fmt.Sprintf("cannot be shown when %s: %v", describe(live.Streak), err), "")
			}
		}
	}
}

// evaluateLive evaluates the file under live values.
func (f *file) evaluateLive(live Live) (r fields, ok bool) {
	v := f.Value.Unify(f.Context.CompileBytes(live.fields()))
	err := v.Validate(cue.All(), cue.Concrete(true))
	if err == nil {
		r, err = fieldsOf(v)
	}
	if err != nil {
		f.Explain(err, " when "+describe(live.Streak))
	}
	return r, err == nil
}

// checkIndependent reports whether nothing but pages differs, and says which field does.
func (f *file) checkIndependent(want, got fields, live Live) bool {
	same, names := true, maps.Clone(want)
	maps.Copy(names, got)
	for name := range names {
		if name != "pages" && !reflect.DeepEqual(want[name], got[name]) {
			f.Report(diagnose.Path{name}, "depends on #streak: it differs when "+describe(live.Streak)+", and only pages may", "")
			same = false
		}
	}
	return same
}

// pages returns the pages under live values; none if the file fails under them.
func (f *file) pages(live Live) []Page {
	r, ok := f.evaluateLive(live)
	if !ok {
		return nil
	}
	return f.pagesOf(r, live.Streak)
}

// defaultPage is the bare number.
func defaultPage(weeks int) Page {
	return Page{Text: strconv.Itoa(weeks), Font: led.FontAuto, Overflow: led.Saturate, For: 10 * time.Second}
}

// describe says a streak in words.
func describe(s Streak) string {
	if !s.Known {
		return "nothing is known"
	}
	text := fmt.Sprintf("weeks is %d", s.Weeks)
	if s.AtLeast {
		text = fmt.Sprintf("weeks is at least %d", s.Weeks)
	}
	switch {
	case s.Stale:
		return text + " and stale"
	case s.Forbidden:
		return text + " and deploying is forbidden"
	case s.HoursToWindow < 0:
		return text + " and no window is to come"
	}
	return text
}
