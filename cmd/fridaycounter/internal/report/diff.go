package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Diff is the JSON of diff: what two policies say of the same facts, as of the same instant.
type Diff struct {
	At          time.Time  `json:"at"`
	WeeksBefore *int       `json:"weeks_before"` // on the wall
	WeeksAfter  *int       `json:"weeks_after"`
	Rules       []RuleDiff `json:"rules"` // those of the old policy, then those that only the new one has

	Before rules.Streak `json:"-"` // on the wall
	After  rules.Streak `json:"-"`
}

// RuleDiff is what becomes of one rule. Before and after are null where nothing is known, and for a
// rule that the policy does not have.
type RuleDiff struct {
	Rule         string      `json:"rule"`
	Before       *StreakSpan `json:"before"`
	After        *StreakSpan `json:"after"`
	RecordBefore *StreakSpan `json:"record_before"`
	RecordAfter  *StreakSpan `json:"record_after"`
	Gained       []*Breach   `json:"gained"` // the latest first
	Lost         []*Breach   `json:"lost"`
}

// NewDiff compares the verdicts of two policies. environments are those that the new one judges.
func NewDiff(old, now *engine.Policy, before, after engine.Verdict, environments []rules.Environment) Diff {
	f := form{after.At.Location(), true}
	d := Diff{
		At: after.At, WeeksBefore: f.streak(before.Lead, nil).Weeks, WeeksAfter: f.streak(after.Lead, nil).Weeks,
		Before: before.Lead, After: after.Lead,
	}
	named := func(list []rules.History, name string) (h History) {
		if i := slices.IndexFunc(list, func(h rules.History) bool { return h.Rule == name }); i >= 0 {
			h = f.history(list[i])
		}
		return h
	}
	breach := func(b rules.Breach) *Breach { return f.breach(&b) }
	all := slices.Concat(before.Histories, after.Histories)
	for _, name := range unique(each(all, func(h rules.History) string { return h.Rule })) {
		was, is := named(before.Histories, name), named(after.Histories, name)
		gained, lost := rules.Compare(old.Rule(name), now.Rule(name), environments, after.At)
		d.Rules = append(d.Rules, RuleDiff{
			name, was.Current, is.Current, was.Record, is.Record, each(gained, breach), each(lost, breach),
		})
	}
	return d
}

// Text returns the numbers, and a paragraph for each rule.
func (d *Diff) Text() string { return text("diff", 0, d) }

// String returns the change in a line: "no-friday-deploys: weeks: 7 -> 2; record: 12 -> 4;
// breaches: 3 gained, 24 lost".
func (d RuleDiff) String() string { return text("ruleDiff", 0, d) }

// Breaches returns a line for each breach that is gained or lost, the latest first:
// "+ Mon 9 Mar 2026, 15:41 PDT  release-1075 of shop to Production".
func (d RuleDiff) Breaches() []string {
	type line struct {
		sign string
		*Breach
	}
	lines := each(d.Gained, func(b *Breach) line { return line{"+", b} })
	lines = append(lines, each(d.Lost, func(b *Breach) line { return line{"-", b} })...)
	slices.SortStableFunc(lines, func(a, b line) int { return b.At.Compare(a.At) })
	return each(lines, func(l line) string {
		return fmt.Sprintf("%s %s  %s", l.sign, l.At.Format("Mon 2 Jan 2006, 15:04 MST"), l.Subject)
	})
}
