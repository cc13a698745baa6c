package rules

import (
	"cmp"
	"slices"
	"time"
)

// A LeftOut is a deployment that does not count, although its interval met a
// forbidden window.
type LeftOut struct {
	Deployment Deployment // as of the judgement, but whole for ReasonNotYet
	// At is what its breach instant would be.
	At     time.Time
	Reason Reason
	Match  Match // as if nothing was excepted
	// Exception is the entry that excuses it, for the two reasons that have one.
	Exception *Exception
}

// Reason says why a deployment does not count.
type Reason string

// The reasons. Where several hold, the first of this list is given.
const (
	ReasonNotYet     Reason = "not yet"      // it had not met the window as of the judgement
	ReasonOutOfScope Reason = "out of scope" // of the rule's projects and environments
	ReasonDidNotRun  Reason = "did not run"  // it waited, or was cancelled, in the window
	ReasonOutcome    Reason = "outcome"      // the rule's outcomes have not its own
	ReasonDate       Reason = "date"         // an exception takes the day out for everybody
	ReasonExcused    Reason = "excused"      // an exception names it
	ReasonSince      Reason = "since"        // it broke the rule before its since
)

// MaxLeftOut is how many deployments of each reason an [Explanation] has.
const MaxLeftOut = 20

// A left is a deployment, what its breach instant would be, and why it is not.
type left struct {
	*Deployment
	at        time.Time
	windowEnd bool
	why       Reason
}

// leftOut returns the latest that are left out for each reason, the latest first, and
// how many there are.
func (c *Compiled) leftOut(all *schedule, environments []Environment, breaches []Breach, now time.Time) ([]LeftOut, map[Reason]int) {
	var found []left
	for i := range environments {
		e := &environments[i]
		inScope := c.InScope(e)
		for k := range e.Deployments {
			if l, ok := c.reason(all, &e.Deployments[k], inScope, now); ok {
				found = append(found, l)
			}
		}
	}
	for i := range breaches {
		if b := &breaches[i]; !c.Counts(*b) {
			found = append(found, left{&b.Deployment, b.At, b.WindowEnd, ReasonSince})
		}
	}
	slices.SortFunc(found, func(a, b left) int {
		return cmp.Or(b.at.Compare(a.at), compareRuns(a.Deployment, b.Deployment))
	})
	var list []LeftOut
	counts := map[Reason]int{}
	for _, l := range found {
		if counts[l.why]++; counts[l.why] <= MaxLeftOut {
			list = append(list, c.shown(all, l))
		}
	}
	return list, counts
}

// reason finds out why a deployment that broke nothing as of now does not count; ok is
// false if it met no window.
func (c *Compiled) reason(all *schedule, d *Deployment, inScope bool, now time.Time) (l left, ok bool) {
	was, there := d, true
	if d.later(now) {
		var earlier Deployment
		earlier, there = d.AsOf(now)
		was = &earlier
	}
	var b Breach
	if there && inScope && c.judge(was, now, &b) {
		return l, false
	}
	if latest, _ := d.Ahead(now); latest.After(now) && inScope && c.judge(d, latest, &b) {
		return left{d, b.At, b.WindowEnd, ReasonNotYet}, true
	}
	if !there {
		return l, false
	}
	start, end := was.Interval(c.rule.Measure, now)
	last, ok := all.overlap(start.Unix(), end.Unix(), nil)
	if start.IsZero() || !ok {
		return l, false
	}
	l.Deployment = was
	switch {
	case !inScope:
		l.why = ReasonOutOfScope
	case !was.Ran():
		l.why = ReasonDidNotRun
	case !c.outcomeCounts(was):
		l.why = ReasonOutcome
	default:
		if here, meets := c.forbidden.overlap(start.Unix(), end.Unix(), nil); meets {
			last, l.why = here, ReasonExcused
		} else {
			l.why = ReasonDate
		}
	}
	l.at, l.windowEnd = overlapEnd(end, last)
	return l, true
}

// shown returns what is left out as others see it.
func (c *Compiled) shown(all *schedule, l left) LeftOut {
	o := LeftOut{Deployment: *l.Deployment, At: l.at.In(c.forbidden.loc), Reason: l.why}
	s, excused := all, l.why == ReasonExcused
	if excused {
		s = &c.forbidden
	}
	o.Match = c.match(s, lastSecond(l.at, l.windowEnd), nil)
	if excused || l.why == ReasonDate {
		o.Exception = c.excuse(l.Deployment, o.Match.Day, excused)
	}
	return o
}

// excuse returns the first exception that excuses d on an owning day, by name or
// for everybody.
func (c *Compiled) excuse(d *Deployment, owner Date, named bool) *Exception {
	for i := range c.rule.Except {
		e := &exception{c.rule.Except[i], nil}
		if e.named() != named || !e.matches(d) {
			continue
		}
		if _, ok := hasDay(dayRanges(e.Dates), owner.dayNumber()); ok || named && len(e.Dates) == 0 {
			return &c.rule.Except[i]
		}
	}
	return nil
}
