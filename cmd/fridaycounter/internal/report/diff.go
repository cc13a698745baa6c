package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

// Diff is what two policies say of the same facts.
type Diff struct {
	Before, After engine.Verdict // as of the same instant
	Changes       []RuleChange
}

// Text returns the number before and after, and then the changes, a paragraph for each rule.
func (d *Diff) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the wall: %s -> %s\n", Weeks(d.Before.Lead), Weeks(d.After.Lead))
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "\n%s\n", c.String())
		for _, changed := range c.Breaches() {
			fmt.Fprintf(&b, "  %s\n", changed.Line(d.After.At.Location()))
		}
	}
	return b.String()
}

// DiffJSON is the JSON of diff; before and after are null for a rule that the policy does
// not have, or whose number is not known.
type DiffJSON struct {
	At          time.Time      `json:"at"`
	WeeksBefore *int           `json:"weeks_before"` // on the wall; null: not known
	WeeksAfter  *int           `json:"weeks_after"`
	Rules       []RuleDiffJSON `json:"rules"`
}

// RuleDiffJSON is what becomes of one rule.
type RuleDiffJSON struct {
	Rule         string   `json:"rule"`
	Before       *Run     `json:"before"`
	After        *Run     `json:"after"`
	RecordBefore *Run     `json:"record_before"`
	RecordAfter  *Run     `json:"record_after"`
	Gained       []Breach `json:"gained"`
	Lost         []Breach `json:"lost"`
}

// JSON returns the changes for a program.
func (d *Diff) JSON() DiffJSON {
	zone := d.After.At.Location()
	a := DiffJSON{At: d.After.At, WeeksBefore: newStreak(d.Before.Lead, nil, zone).Weeks, WeeksAfter: newStreak(d.After.Lead, nil, zone).Weeks, Rules: []RuleDiffJSON{}}
	for _, c := range d.Changes {
		r := RuleDiffJSON{Rule: c.Rule, Gained: []Breach{}, Lost: []Breach{}}
		before, after := newHistory(c.Before, zone), newHistory(c.After, zone)
		r.Before, r.RecordBefore, r.After, r.RecordAfter = before.Current, before.Record, after.Current, after.Record
		for _, changed := range c.Breaches() {
			list := &r.Gained
			if changed.Lost {
				list = &r.Lost
			}
			*list = append(*list, *newBreach(&changed.Breach, zone))
		}
		a.Rules = append(a.Rules, r)
	}
	return a
}
