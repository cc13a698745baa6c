package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Scenarios is the JSON of test: what became of the scenarios, in the order of the file.
type Scenarios struct {
	Passed    int        `json:"passed"`
	Failed    int        `json:"failed"`
	LeftOut   int        `json:"left_out"` // by --run
	Scenarios []Scenario `json:"scenarios"`
}

// Scenario is what became of one scenario. It failed if there are differences.
type Scenario struct {
	Name        string         `json:"name"`
	File        string         `json:"file"`
	Line        int            `json:"line"`
	Passed      bool           `json:"passed"`
	Differences []difference   `json:"differences"` // in the order of the schema
	Verdict     engine.Verdict `json:"-"`
}

// difference is a field in which the verdict is not as a scenario wants it. Its values are ints,
// strings, bools and times. nil is what is not known; a breach is false if no deployment decides.
type difference struct {
	Field string `json:"field"`
	Got   any    `json:"got"`
	Want  any    `json:"want"`
}

// Add adds what the policy says of a scenario.
func (r *Scenarios) Add(s schema.Scenario, v engine.Verdict) {
	x := Scenario{Name: s.Name, File: s.Position.File, Line: s.Position.Line, Differences: compare(s.Want, v), Verdict: v}
	if x.Passed = len(x.Differences) == 0; x.Passed {
		r.Passed++
	} else {
		r.Failed++
	}
	r.Scenarios = append(r.Scenarios, x)
}

// compare returns what is not as a scenario wants it.
func compare(want schema.Want, v engine.Verdict) []difference {
	zone := v.At.Location()
	list := append([]difference{{"rule", v.Lead.Rule, value(want.Rule)}}, compareStreak("", v.Lead, want.WantStreak, zone)...)
	list = append(list, difference{"forbidden", v.Forbidden, value(want.Forbidden)})
	for _, s := range v.Streaks { // by name
		list = append(list, compareStreak(fmt.Sprintf("rules.%q.", s.Rule), s, want.Rules[s.Rule], zone)...)
	}
	return slices.DeleteFunc(list, func(d difference) bool { return d.Want == nil || valueText(d.Got) == valueText(d.Want) })
}

func compareStreak(prefix string, s rules.Streak, want schema.WantStreak, zone *time.Location) []difference {
	var weeks, days, since any
	if s.Known {
		weeks, days, since = s.Weeks, s.Days, s.Since
	}
	if want.Since != nil {
		want.Since = Instant(*want.Since, zone)
	}
	breach, wantBreach := any(false), value(want.Breach)
	if s.Breach != nil {
		breach = s.Breach.Deployment.ID
	}
	if wantBreach == "" {
		wantBreach = false
	}
	return []difference{
		{prefix + "known", s.Known, value(want.Known)},
		{prefix + "weeks", weeks, value(want.Weeks)},
		{prefix + "days", days, value(want.Days)},
		{prefix + "since", since, value(want.Since)},
		{prefix + "breach", breach, wantBreach},
		{prefix + "at_least", s.AtLeast, value(want.AtLeast)},
	}
}

// value returns what p points to, or nil.
func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// Text returns the scenarios that failed, or all if verbose, and a last line with the counts. For a
// scenario that failed it gives its place, each field as got and want, and the verdict in a sentence.
func (r *Scenarios) Text(verbose bool) string {
	return text("scenarios", 1, struct {
		*Scenarios
		All bool
	}{r, verbose})
}

// valueText returns a value as people read it.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "not known"
	case time.Time:
		return v.Format("2006-01-02 15:04:05 MST")
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}
