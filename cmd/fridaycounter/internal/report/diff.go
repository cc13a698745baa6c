package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A Diff is what two policies say of the same facts, as of the same instant.
type Diff struct {
	Before, After engine.Verdict
	Changes       []RuleChange
}

// A RuleChange is what another policy makes of a rule, over the same facts.
type RuleChange struct {
	Rule          string
	Before, After rules.History  // not known where a policy has no such rule
	Gained, Lost  []rules.Breach // the latest first
}

// CompareRules compares two policies rule by rule: the rules of old, then those that only
// other has. was are the environments that old judges, and is those of other.
func CompareRules(old, other *engine.Policy, was, is []rules.Environment, now time.Time) []RuleChange {
	history := func(c *rules.Compiled, list []rules.Environment) (h rules.History) {
		if c != nil {
			h = c.History(list, c.Breaches(list, now), now)
		}
		return h
	}
	names := unique(each(slices.Concat(old.Rules, other.Rules), func(c *rules.Compiled) string { return c.Rule().Name }))
	return each(names, func(name string) RuleChange {
		before, after := old.Rule(name), other.Rule(name)
		gained, lost := rules.Compare(before, after, is, now)
		return RuleChange{name, history(before, was), history(after, is), gained, lost}
	})
}

// Text returns the numbers, and a paragraph for each rule.
func (d *Diff) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the wall: %s -> %s\n", Weeks(d.Before.Lead), Weeks(d.After.Lead))
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "\n%s\n", c.String())
		for _, line := range c.breaches(d.After.At.Location()) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

// String returns the change in a line: "no-friday-deploys: weeks: 7 -> 2; record: 12 -> 4;
// breaches: 3 gained, 24 lost".
func (c *RuleChange) String() string {
	weeks := func(h rules.History, r *rules.Run) string {
		if !h.Known || r == nil {
			return "-"
		}
		return count(r.Weeks, r.AtLeast)
	}
	return fmt.Sprintf("%s: weeks: %s -> %s; record: %s -> %s; breaches: %d gained, %d lost", c.Rule,
		weeks(c.Before, &c.Before.Current), weeks(c.After, &c.After.Current),
		weeks(c.Before, c.Before.Record), weeks(c.After, c.After.Record), len(c.Gained), len(c.Lost))
}

// breaches returns a line for each breach that is gained or lost, the latest first:
// "+ Mon 9 Mar 2026, 15:41 PDT  release-1075 of shop to Production".
func (c *RuleChange) breaches(zone *time.Location) []string {
	type line struct {
		sign string
		rules.Breach
	}
	all := each(c.Gained, func(b rules.Breach) line { return line{"+", b} })
	all = append(all, each(c.Lost, func(b rules.Breach) line { return line{"-", b} })...)
	slices.SortStableFunc(all, func(a, b line) int { return b.At.Compare(a.At) })
	return each(all, func(l line) string {
		return fmt.Sprintf("%s %s  %s", l.sign, l.At.In(zone).Format("Mon 2 Jan 2006, 15:04 MST"), Subject(l.Deployment))
	})
}

// DiffJSON is the JSON of diff.
type DiffJSON struct {
	At          time.Time  `json:"at"`
	WeeksBefore *int       `json:"weeks_before"` // on the wall
	WeeksAfter  *int       `json:"weeks_after"`
	Rules       []ruleDiff `json:"rules"`
}

// ruleDiff is what becomes of one rule. Before and after are null for a rule that the
// policy does not have, too.
type ruleDiff struct {
	Rule         string    `json:"rule"`
	Before       *Run      `json:"before"`
	After        *Run      `json:"after"`
	RecordBefore *Run      `json:"record_before"`
	RecordAfter  *Run      `json:"record_after"`
	Gained       []*Breach `json:"gained"`
	Lost         []*Breach `json:"lost"`
}

// JSON returns the changes for a program.
func (d *Diff) JSON() DiffJSON {
	f := form{d.After.At.Location(), true}
	breach := func(b rules.Breach) *Breach { return f.breach(&b) }
	return DiffJSON{
		d.After.At, f.streak(d.Before.Lead, nil).Weeks, f.streak(d.After.Lead, nil).Weeks,
		each(d.Changes, func(c RuleChange) ruleDiff {
			before, after := f.history(c.Before), f.history(c.After)
			return ruleDiff{c.Rule, before.Current, after.Current, before.Record, after.Record, each(c.Gained, breach), each(c.Lost, breach)}
		}),
	}
}
