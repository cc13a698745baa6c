package schema

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// Live is what the pages may compute with: the values that change while the
// configuration does not.
type Live struct {
	Streak  Streak            `json:"streak"`  // #streak: of the rule whose streak began latest
	Streaks map[string]Streak `json:"streaks"` // #streaks, by the rule's name
}

// A Streak is one rule's number as a page sees it; schema.cue has the same
// fields in #Streak.
type Streak struct {
	Rule      string `json:"rule"`
	Weeks     int    `json:"weeks"`    // 0 when not known
	Days      int    `json:"days"`     // a total, not a remainder; 0 when not known
	Record    int    `json:"record"`   // weeks of the longest streak, this one included; 0 when not known
	Previous  int    `json:"previous"` // weeks of the streak before this one; 0 when there was none or it is not known
	Known     bool   `json:"known"`
	AtLeast   bool   `json:"at_least"`  // the truth may be more
	Stale     bool   `json:"stale"`     // the facts are old
	Forbidden bool   `json:"forbidden"` // now is inside a forbidden window

	// HoursToWindow is the real time until the next forbidden window in hours,
	// rounded up, so that it is 0 exactly while Forbidden; -1 when no window is
	// to come.
	HoursToWindow int `json:"hours_to_window"`
}

// fields returns #streak and #streaks in CUE, of which JSON is a part. The streak of a rule
// that the file does not have is left out.
func (l Live) fields() []byte {
	streak, _ := json.Marshal(l.Streak) // numbers and text
	text := fmt.Appendf(nil, "#streak: %s\n#streaks: {", streak)
	for _, name := range slices.Sorted(maps.Keys(l.Streaks)) {
		streak, _ = json.Marshal(l.Streaks[name])
		text = fmt.Appendf(text, "\n%s?: %s", ast.NewString(name).Value, streak)
	}
	return append(text, "}\n"...)
}

// liveSamples returns the live values under which [Evaluator.Evaluate] tries the
// pages, for a file with these rules: what a wall shows sooner or later.
func liveSamples(list []rules.Rule) []Live {
	streaks := []Streak{
		{HoursToWindow: 1},
		{Weeks: 10, Days: 73, Record: 22, Previous: 5, Known: true, HoursToWindow: 143},
		{Weeks: 99, Days: 696, Record: 111, Previous: 49, Known: true, HoursToWindow: 143},
		{Weeks: 100, Days: 703, Record: 112, Previous: 50, Known: true, HoursToWindow: 143},
		{Weeks: 7, Days: 52, Record: 7, Previous: 3, Known: true, Stale: true, HoursToWindow: 9},
		{Days: 3, Record: 12, Known: true, Forbidden: true},
		{Weeks: 52, Days: 367, Record: 64, Previous: 26, Known: true, AtLeast: true, HoursToWindow: -1},
	}
	lives := make([]Live, len(streaks))
	for i, s := range streaks {
		lives[i].Streaks = make(map[string]Streak, len(list))
		for _, r := range list {
			s.Rule = r.Name
			lives[i].Streaks[r.Name] = s
		}
		lives[i].Streak = lives[i].Streaks[list[0].Name]
	}
	return lives
}

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
