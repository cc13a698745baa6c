package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Streaks returns each rule's history as of now, by rule name.
func (c *Court) Streaks(f rules.Facts, now time.Time) []rules.History {
	var list []rules.History
	for _, j := range c.judges {
		h := history(j, f, now)
		for _, r := range []*rules.Run{&h.Current, h.Previous, h.Record} {
			if r != nil {
				r.Began, r.Ended = whole(r.Began, f), whole(r.Ended, f)
			}
		}
		list = append(list, h)
	}
	return list
}

// history returns the history of one rule. Its breaches are lean; their Ref is
// one more than the index into the facts.
func history(j *rules.Judge, f rules.Facts, now time.Time) rules.History {
	l := rules.NewLedger(j)
	for i := range f.Deployments {
		d := f.Deployments[i]
		d.Ref = int64(i) + 1
		l.Add(&d, now)
	}
	return l.Streaks(f.Environments, now)
}

// whole puts back the texts that a ledger leaves out of a breach.
func whole(b *rules.Breach, f rules.Facts) *rules.Breach {
	if b == nil || b.Deployment.Ref == 0 {
		return b
	}
	full := *b
	full.Deployment = f.Deployments[b.Deployment.Ref-1]
	return &full
}

// A RuleChange says what another policy makes of a rule.
type RuleChange struct {
	Rule string
	rules.Difference
	Breaches []BreachChange // in the order of the facts
}

// A BreachChange is a deployment that breaks the rule in one policy only.
type BreachChange struct {
	rules.Breach
	Change rules.Change
}

// Compare says what another court would make of the same facts, rule by rule: the
// rules of c, then those that only other has.
func (c *Court) Compare(other *Court, f rules.Facts, now time.Time) []RuleChange {
	var list []RuleChange
	for _, before := range c.judges {
		list = append(list, compare(before, other.judge(before.Rule().Name), f, now))
	}
	for _, after := range other.judges {
		if c.judge(after.Rule().Name) == nil {
			list = append(list, compare(nil, after, f, now))
		}
	}
	return list
}

// judge returns the judge of a rule, nil if there is none.
func (c *Court) judge(name string) *rules.Judge {
	for _, j := range c.judges {
		if j.Rule().Name == name {
			return j
		}
	}
	return nil
}

func compare(before, after *rules.Judge, f rules.Facts, now time.Time) RuleChange {
	change := RuleChange{}
	if before != nil {
		change.Rule = before.Rule().Name
	} else {
		change.Rule = after.Rule().Name
	}
	c := rules.NewComparison(before, after, now)
	for i := range f.Deployments {
		b, kind := c.Add(&f.Deployments[i])
		if kind == rules.ChangeGained || kind == rules.ChangeLost {
			change.Breaches = append(change.Breaches, BreachChange{b, kind})
		}
	}
	change.Difference = c.Difference(f.Environments)
	return change
}
