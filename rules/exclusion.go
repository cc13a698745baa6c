package rules

import (
	"cmp"
	"slices"
	"time"
)

// An Exclusion is a deployment in a forbidden window that does not count.
type Exclusion struct {
	Deployment *Deployment
	At         time.Time // what its breach instant would be
	Reason     Reason
	Exception  *Exception // of ReasonDate and ReasonExcused
}

// Reason says why a deployment does not count: the first that holds.
type Reason string

const (
	ReasonNotYet     Reason = "not yet" // it came into the window later
	ReasonOutOfScope Reason = "out of scope"
	ReasonDidNotRun  Reason = "did not run" // it waited there, or was cancelled
	ReasonOutcome    Reason = "outcome"     // not among the rule's
	ReasonDate       Reason = "date"        // excepted for everybody
	ReasonExcused    Reason = "excused"     // by an exception that matches it
	ReasonSince      Reason = "since"       // before the rule's since
)

// maxExcluded is how many deployments of each reason an [Explanation] has.
const maxExcluded = 20

// excluded returns the latest deployments that are excluded for each reason, the latest
// first, and how many there are. all is what the rule forbids without its exceptions.
func (c *Compiled) excluded(all *schedule, environments []Environment, breaches []Breach, now time.Time) ([]Exclusion, map[Reason]int) {
	var found []Exclusion
	for i := range environments {
		e := &environments[i]
		inScope := c.InScope(e)
		for k := range e.Deployments {
			if x, ok := c.exclusion(all, &e.Deployments[k], inScope, now); ok {
				found = append(found, x)
			}
		}
	}
	for i := range breaches {
		if b := &breaches[i]; !c.counts(b) {
			found = append(found, Exclusion{Deployment: &b.Deployment, At: b.At, Reason: ReasonSince})
		}
	}
	slices.SortFunc(found, func(a, b Exclusion) int {
		return cmp.Or(b.At.Compare(a.At), compareRuns(a.Deployment, b.Deployment))
	})
	counts := map[Reason]int{}
	latest := slices.DeleteFunc(found, func(x Exclusion) bool {
		counts[x.Reason]++
		return counts[x.Reason] > maxExcluded
	})
	return latest, counts
}

// exclusion finds out why a deployment that broke nothing as of now does not count; ok is
// false if it met no window.
func (c *Compiled) exclusion(all *schedule, d *Deployment, inScope bool, now time.Time) (x Exclusion, ok bool) {
	var b Breach
	if inScope && c.breach(d, now, &b) {
		return x, false
	}
	if latest := d.latest(); latest.After(now) && inScope && c.breach(d, latest, &b) {
		return Exclusion{Deployment: d, At: b.At, Reason: ReasonNotYet}, true
	}
	if d.hasLater(now) {
		was, there := d.AsOf(now)
		if !there {
			return x, false
		}
		d = &was
	}
	start, end := d.interval(c.rule.Triggered, now)
	last, ok := all.overlap(start.Unix(), end.Unix())
	if start.IsZero() || !ok {
		return x, false
	}
	x = Exclusion{Deployment: d, Reason: ReasonDate}
	forbidden, stillForbidden := c.forbidden.overlap(start.Unix(), end.Unix())
	switch {
	case !inScope:
		x.Reason = ReasonOutOfScope
	case !d.Ran():
		x.Reason = ReasonDidNotRun
	case !c.outcomeCounts(d):
		x.Reason = ReasonOutcome
	case stillForbidden:
		last, x.Reason = forbidden, ReasonExcused
	}
	at, windowEnd := overlapEnd(end, last)
	x.At = at.In(all.loc)
	if byPattern := x.Reason == ReasonExcused; byPattern || x.Reason == ReasonDate {
		s := all
		if byPattern {
			s = &c.forbidden
		}
		x.Exception = c.excuse(d, c.match(s, lastInside(at, windowEnd)).Day, byPattern)
	}
	return x, true
}

// excuse returns the first exception that excuses d on an owning day, by a pattern or for
// everybody.
func (c *Compiled) excuse(d *Deployment, owner Date, byPattern bool) *Exception {
	for i := range c.rule.Except {
		e := &c.rule.Except[i]
		if e.hasPattern() != byPattern || !e.matches(d) {
			continue
		}
		onDay := func(days span) bool { return days.has(owner.dayNumber()) }
		if byPattern && len(e.Dates) == 0 || slices.ContainsFunc(daySpans(e.Dates), onDay) {
			return e
		}
	}
	return nil
}
