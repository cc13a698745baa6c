package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Breach is a deployment that broke a rule.
type Breach struct {
	Rule       string
	Deployment Deployment // as of the judgement
	// First is the first instant that the deployment's interval shares with a
	// forbidden window.
	First time.Time
	// At is the breach instant: the latest that they share; where the window ends
	// first, the window's end, and then WindowEnd is set. It is in the rule's zone.
	At        time.Time
	WindowEnd bool
	// Running reports that the deployment had not ended as of the judgement.
	Running bool
}

// Date returns the local date of the breach: that of At, or at a window's end that
// of the instant before.
func (b *Breach) Date() Date {
	if b.WindowEnd {
		return DateOf(b.At.Add(-1))
	}
	return DateOf(b.At)
}

// Breach judges one deployment of an environment as of now and returns its breach of
// the rule, if it broke it. It does not look at the rule's since.
func (c *Compiled) Breach(d *Deployment, e *Environment, now time.Time) (b Breach, ok bool) {
	ok = c.InScope(e) && c.breach(d, now, &b)
	return b, ok
}

// breach is Breach of a deployment whose environment is in scope. It sets b if the
// deployment broke the rule, and so copies it only once.
func (c *Compiled) breach(d *Deployment, now time.Time, b *Breach) bool {
	if d.later(now) {
		was, there := d.AsOf(now)
		return there && c.breach(&was, now, b)
	}
	if !c.judge(d, now, b) {
		return false
	}
	b.Rule, b.Deployment = c.rule.Name, *d
	return true
}

// Breaches returns all breaches of the rule as of now, those before its since too,
// the earliest first. Of those at the same instant the one that decides comes last:
// running ones after the others, and of those the smallest id.
func (c *Compiled) Breaches(environments []Environment, now time.Time) []Breach {
	var list []Breach
	var b Breach
	for _, e := range c.scope(environments) {
		for i := range e.Deployments {
			if c.breach(&e.Deployments[i], now, &b) {
				list = append(list, b)
			}
		}
	}
	slices.SortFunc(list, func(a, b Breach) int { return compareBreaches(&a, &b) })
	return list
}

func (c *Compiled) scope(environments []Environment) []*Environment {
	var list []*Environment
	for i := range environments {
		if e := &environments[i]; c.InScope(e) {
			list = append(list, e)
		}
	}
	return list
}

// compareBreaches orders breaches so that the one that decides comes last.
func compareBreaches(a, b *Breach) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	switch {
	case a.Running && !b.Running:
		return 1
	case b.Running && !a.Running:
		return -1
	}
	return compareRuns(&b.Deployment, &a.Deployment)
}

// compareRuns orders deployments by what names a run.
func compareRuns(a, b *Deployment) int {
	return cmp.Or(
		strings.Compare(a.ID, b.ID),
		strings.Compare(a.EnvironmentID, b.EnvironmentID),
		strings.Compare(a.Source, b.Source),
		a.Start().Compare(b.Start()),
	)
}

// Counts reports whether a breach of the rule is not before its since: by its local
// date.
func (c *Compiled) Counts(b Breach) bool {
	return c.sinceDay == -never || c.forbidden.dayOf(b.At, b.WindowEnd) >= c.sinceDay
}

// counted returns those of the breaches that count and are not before from.
func (c *Compiled) counted(breaches []Breach, from time.Time) []*Breach {
	var list []*Breach
	for i := range breaches {
		if b := &breaches[i]; !b.At.Before(from) && c.Counts(*b) {
			list = append(list, b)
		}
	}
	return list
}
