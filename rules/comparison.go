package rules

import "time"

// A Comparison says what another rule makes of the same deployments, which it
// sees one after the other. It may be used from one goroutine at a time.
type Comparison struct {
	before, after *Ledger
	now           time.Time
	sum           Difference
}

// NewComparison compares two rules as of now. A rule that is only in one of two
// policies has no [Judge] in the other: nil stands for a rule that nothing breaks,
// and its history is not known.
func NewComparison(before, after *Judge, now time.Time) *Comparison {
	c := &Comparison{now: now}
	if before != nil {
		c.before = NewLedger(before)
	}
	if after != nil {
		c.after = NewLedger(after)
	}
	return c
}

// Add takes in a deployment, each once, in any order. It returns the breach that is
// gained or lost, or that of the rule after where the instant changed. Breaches
// before a rule's since are none here.
func (c *Comparison) Add(d *Deployment) (Breach, Change) {
	was, broke := c.judge(c.before, d)
	is, breaks := c.judge(c.after, d)
	switch {
	case breaks && !broke:
		c.sum.Gained++
		return is, ChangeGained
	case broke && !breaks:
		c.sum.Lost++
		return was, ChangeLost
	case broke && !was.At.Equal(is.At):
		c.sum.Moved++
		return is, ChangeMoved
	}
	return Breach{}, ChangeNone
}

// judge adds to one side.
func (c *Comparison) judge(l *Ledger, d *Deployment) (Breach, bool) {
	if l == nil {
		return Breach{}, false
	}
	l.Add(d, c.now)
	b, ok := l.judge.Breach(d, c.now)
	return b, ok && !b.At.Before(l.judge.since)
}

// Difference returns what changed, of all that was added. The numbers are those of
// the histories' Current runs, the records those of their Record.
func (c *Comparison) Difference(environments []Environment) Difference {
	sum := c.sum
	if c.before != nil {
		sum.Before = c.before.Streaks(environments, c.now)
	}
	if c.after != nil {
		sum.After = c.after.Streaks(environments, c.now)
	}
	return sum
}
