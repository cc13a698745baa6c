package rules

import (
	"cmp"
	"slices"
	"time"
)

// An Exclusion is a deployment in a forbidden window that does not count.
type Exclusion struct {
	Deployment Deployment
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

// An excluded is a deployment, what its breach instant would be, and why it does not count.
type excluded struct {
	*Deployment
	at        time.Time
	windowEnd bool
	why       Reason
}

// excluded returns the latest deployments that are excluded for each reason, the latest
// first, and how many there are.
func (c *Compiled) excluded(all *schedule, environments []Environment, breaches []Breach, now time.Time) ([]Exclusion, map[Reason]int) {
	var found []excluded
	for i := range environments {
		e := &environments[i]
		inScope := c.InScope(e)
		for k := range e.Deployments {
			if x, ok := c.reason(all, &e.Deployments[k], inScope, now); ok {
				found = append(found, x)
			}
		}
	}
	for i := range breaches {
		if b := &breaches[i]; !c.counts(b) {
			found = append(found, excluded{&b.Deployment, b.At, b.WindowEnd, ReasonSince})
		}
	}
	slices.SortFunc(found, func(a, b excluded) int {
		return cmp.Or(b.at.Compare(a.at), compareRuns(a.Deployment, b.Deployment))
	})
	var list []Exclusion
	counts := map[Reason]int{}
	for _, x := range found {
		if counts[x.why]++; counts[x.why] <= maxExcluded {
			list = append(list, c.exclusion(all, x))
		}
	}
	return list, counts
}

// reason finds out why a deployment that broke nothing as of now does not count; ok is
// false if it met no window.
func (c *Compiled) reason(all *schedule, d *Deployment, inScope bool, now time.Time) (_ excluded, ok bool) {
	was, there := d, true
	if d.hasLater(now) {
		was = new(Deployment)
		*was, there = d.AsOf(now)
	}
	var b Breach
	if there && inScope && c.judge(was, now, &b) {
		return excluded{}, false
	}
	if latest := d.latest(); latest.After(now) && inScope && c.judge(d, latest, &b) {
		return excluded{d, b.At, b.WindowEnd, ReasonNotYet}, true
	}
	if !there {
		return excluded{}, false
	}
	start, end := was.interval(c.rule.Triggered, now)
	last, ok := all.overlap(start.Unix(), end.Unix(), nil)
	if start.IsZero() || !ok {
		return excluded{}, false
	}
	why := ReasonDate
	forbidden, stillForbidden := c.forbidden.overlap(start.Unix(), end.Unix(), nil)
	switch {
	case !inScope:
		why = ReasonOutOfScope
	case !was.Ran():
		why = ReasonDidNotRun
	case !c.outcomeCounts(was):
		why = ReasonOutcome
	case stillForbidden:
		last, why = forbidden, ReasonExcused
	}
	at, windowEnd := overlapEnd(end, last)
	return excluded{was, at, windowEnd, why}, true
}

// exclusion returns an excluded deployment with the exception that excuses it.
func (c *Compiled) exclusion(all *schedule, x excluded) Exclusion {
	e := Exclusion{Deployment: *x.Deployment, At: x.at.In(c.forbidden.loc), Reason: x.why}
	second := lastSecond(x.at, x.windowEnd)
	switch x.why {
	case ReasonExcused:
		e.Exception = c.excuse(x.Deployment, c.match(&c.forbidden, second, nil).Day, true)
	case ReasonDate:
		e.Exception = c.excuse(x.Deployment, c.match(all, second, nil).Day, false)
	}
	return e
}

// excuse returns the first exception that excuses d on an owning day, by a pattern or for
// everybody.
func (c *Compiled) excuse(d *Deployment, owner Date, byPattern bool) *Exception {
	for i := range c.rule.Except {
		e := &c.rule.Except[i]
		if e.hasPattern() != byPattern || !e.matches(d) {
			continue
		}
		if _, ok := hasDay(dayRanges(e.Dates), owner.dayNumber()); ok || byPattern && len(e.Dates) == 0 {
			return e
		}
	}
	return nil
}
