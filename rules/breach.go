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
	First      time.Time  // the first instant that its interval shares with a forbidden window
	At         time.Time  // the last one, or the end of the window if that ends before the interval
	WindowEnd  bool       // At is a window's end, which is not inside
	Running    bool       // it had not ended
}

// Date returns the local date; at a window's end of the instant before.
func (b *Breach) Date() Date { return DateOf(lastInside(b.At, b.WindowEnd)) }

// lastInside returns the latest instant of an overlap that ends at t.
func lastInside(t time.Time, windowEnd bool) time.Time {
	if windowEnd {
		return t.Add(-1)
	}
	return t
}

// Breach returns the breach of one deployment as of now, if one counts.
func (c *Compiled) Breach(d *Deployment, e *Environment, now time.Time) (b Breach, ok bool) {
	ok = c.InScope(e) && c.breach(d, now, &b) && c.counts(&b)
	return b, ok
}

// Breaches returns all breaches as of now, those before since too, in order.
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

// counts reports whether a breach is not before the rule's since, by its local date.
func (c *Compiled) counts(b *Breach) bool {
	return c.sinceDay == -never || c.forbidden.dayOf(lastInside(b.At, b.WindowEnd)) >= c.sinceDay
}

// counted returns those of the breaches that count and are not before from.
func (c *Compiled) counted(breaches []Breach, from time.Time) []*Breach {
	var list []*Breach
	for i := range breaches {
		if b := &breaches[i]; !b.At.Before(from) && c.counts(b) {
			list = append(list, b)
		}
	}
	return list
}

// breach is Breach of a deployment whose environment is in scope, and sets b. Most deployments
// meet no window, so that comes first.
func (c *Compiled) breach(d *Deployment, now time.Time, b *Breach) bool {
	if d.hasLater(now) {
		was, there := d.AsOf(now)
		return there && c.breach(&was, now, b)
	}
	if !d.Ran() {
		return false
	}
	start, end := d.interval(c.rule.Triggered, now)
	from, until := start.Unix(), end.Unix()
	last, ok := c.forbidden.overlap(from, until)
	if !ok || !c.outcomeCounts(d) {
		return false
	}
	forbidden := c.forbiddenTo(d, from, until)
	if forbidden != &c.forbidden {
		if last, ok = forbidden.overlap(from, until); !ok {
			return false
		}
	}
	if first := forbidden.nextIn(from); first > from {
		start = time.Unix(first, 0)
	}
	at, windowEnd := overlapEnd(end, last)
	*b = Breach{
		Rule: c.rule.Name, Deployment: *d,
		First: start.In(forbidden.loc), At: at.In(forbidden.loc), WindowEnd: windowEnd, Running: !d.Final(),
	}
	return true
}

// overlapEnd returns where an overlap ends: at the end of the interval, or at last, where
// the window ends first.
func overlapEnd(end time.Time, last int64) (at time.Time, windowEnd bool) {
	if last <= end.Unix() {
		return time.Unix(last, 0), true
	}
	return end, false
}

// outcomeCounts reports whether one of the deployment's outcomes is among the rule's. A
// running one always counts, and so does one that was denied.
func (c *Compiled) outcomeCounts(d *Deployment) bool {
	return c.rule.Outcomes == nil || d.Denied || !d.Final() || c.outcomes&d.Outcomes.With(d.Outcome()) != 0
}

// compareBreaches orders breaches so that the one that decides comes last: by their instants,
// then running ones, then smaller ids.
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

// Compare returns the breaches that count of deployments that break only the rule after,
// and only the rule before, the latest first. Nothing breaks a nil rule.
func Compare(before, after *Compiled, environments []Environment, now time.Time) (gained, lost []Breach) {
	was, is := before.allCounted(environments, now), after.allCounted(environments, now)
	return beyond(is, was), beyond(was, is)
}

func (c *Compiled) allCounted(environments []Environment, now time.Time) []*Breach {
	if c == nil {
		return nil
	}
	return c.counted(c.Breaches(environments, now), time.Time{})
}

// beyond returns the breaches of runs that have none among others, the latest first.
func beyond(breaches, others []*Breach) []Breach {
	byRun := func(a, b *Breach) int { return compareRuns(&a.Deployment, &b.Deployment) }
	broke := slices.SortedFunc(slices.Values(others), byRun)
	var list []Breach
	for _, b := range slices.Backward(breaches) {
		if _, too := slices.BinarySearchFunc(broke, b, byRun); !too {
			list = append(list, *b)
		}
	}
	return list
}
