package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A RuleChange says what another policy makes of a rule, over the same facts.
type RuleChange struct {
	Rule          string
	Before, After rules.History  // not known where a policy has no such rule
	Gained, Lost  []rules.Breach // the latest first
}

// CompareRules says what another policy makes of what is known, rule by rule: the rules of
// old, then those that only other has. was are the environments that old judges, and is
// those of other.
func CompareRules(old, other *engine.Policy, was, is []rules.Environment, now time.Time) []RuleChange {
	var list []RuleChange
	add := func(name string, before, after *rules.Compiled) {
		c := RuleChange{Rule: name}
		if before != nil {
			c.Before = before.History(was, before.Breaches(was, now), now)
		}
		if after != nil {
			c.After = after.History(is, after.Breaches(is, now), now)
		}
		c.Gained, c.Lost = rules.Compare(before, after, is, now)
		list = append(list, c)
	}
	for _, before := range old.Rules {
		name := before.Rule().Name
		add(name, before, other.Rule(name))
	}
	for _, after := range other.Rules {
		if name := after.Rule().Name; old.Rule(name) == nil {
			add(name, nil, after)
		}
	}
	return list
}

// A ChangedBreach is a breach that a change of policy gains or loses.
type ChangedBreach struct {
	rules.Breach
	Lost bool
}

// Breaches returns the breaches that are gained or lost, the latest first.
func (c *RuleChange) Breaches() []ChangedBreach {
	var list []ChangedBreach
	for _, b := range c.Gained {
		list = append(list, ChangedBreach{b, false})
	}
	for _, b := range c.Lost {
		list = append(list, ChangedBreach{b, true})
	}
	slices.SortStableFunc(list, func(a, b ChangedBreach) int { return b.At.Compare(a.At) })
	return list
}

// String says the change in a line: "no-friday-deploys: weeks: 7 -> 2; record: 12
// -> 4; breaches: 3 gained, 24 lost".
func (c *RuleChange) String() string {
	return fmt.Sprintf("%s: weeks: %s -> %s; record: %s -> %s; breaches: %d gained, %d lost", c.Rule,
		runWeeks(c.Before, &c.Before.Current), runWeeks(c.After, &c.After.Current),
		runWeeks(c.Before, c.Before.Record), runWeeks(c.After, c.After.Record), len(c.Gained), len(c.Lost))
}

// runWeeks says a run's number, "-" where there is none.
func runWeeks(h rules.History, r *rules.Run) string {
	switch {
	case !h.Known || r == nil:
		return "-"
	case r.AtLeast:
		return fmt.Sprintf("at least %d", r.Weeks)
	}
	return fmt.Sprint(r.Weeks)
}

// Line says a breach that is gained or lost: "+ Mon 9 Mar 2026, 15:41 PDT
// release-1075 of shop to Production".
func (b ChangedBreach) Line(zone *time.Location) string {
	sign := "+"
	if b.Lost {
		sign = "-"
	}
	return fmt.Sprintf("%s %s  %s", sign, b.At.In(zone).Format("Mon 2 Jan 2006, 15:04 MST"), Subject(b.Deployment))
}
