package rules

import (
	"cmp"
	"slices"
	"time"
)

// An Explanation says why a streak is what it is.
type Explanation struct {
	Streak        Streak
	Match         *Match         // the window that the streak's breach was in, or nil
	RunnerUp      *Breach        // the latest breach but the streak's, or nil
	Limits        []Environment  // where the facts begin at Streak.Since, if that is at least
	Excluded      []Exclusion    // the latest first, at most 20 for each reason
	ExcludedCount map[Reason]int // of all
	Nearest       *Deployment    // that counts and came closest to a window since then, or nil
	Distance      time.Duration  // of Nearest from the window
	SameID        []Deployment   // runs that share an id in their environment, at most 20
}

// A Match is one entry of a rule's Forbid on one owning day.
type Match struct {
	Window     Window
	Day        Date      // the owning day
	Start, End time.Time // of the entry on this day
}

// Explain returns why the streak as of now is what it is.
func (c *Compiled) Explain(environments []Environment, now time.Time) Explanation {
	breaches := c.Breaches(environments, now)
	x := Explanation{Streak: c.Streak(environments, breaches, now)}
	scope := c.scope(environments)
	switch s := &x.Streak; {
	case !s.Known:
	case s.AtLeast:
		first := c.knownRange(scope, breaches, now).horizon.IsZero() // the first reading decides
		for _, e := range scope {
			if e.CompleteFrom.Equal(s.Since) || first && e.firstRead(now).Equal(s.Since) {
				x.Limits = append(x.Limits, *e)
			}
		}
	case s.Breach != nil:
		b := s.Breach
		m := c.match(c.forbiddenTo(&b.Deployment, b.First.Unix(), b.At.Unix()), lastInside(b.At, b.WindowEnd))
		x.Match = &m
	}
	deciding := c.deciding(breaches)
	for i := range breaches {
		if b := &breaches[i]; b != deciding || x.Streak.Breach == nil {
			x.RunnerUp = b
		}
	}
	all := &schedule{c.forbidden.zone, newCalendar(c.rule.Forbid, nil)} // nothing excepted
	x.Excluded, x.ExcludedCount = c.excluded(all, environments, breaches, now)
	if x.Streak.Known {
		x.Nearest, x.Distance = c.nearest(all, scope, x.Streak.Since, now)
	}
	x.SameID = sameID(scope)
	return x
}

// sameID returns the runs whose id another one of their environment has.
func sameID(environments []*Environment) []Deployment {
	var list []Deployment
	for _, e := range environments {
		count := map[string]int{}
		for i := range e.Deployments {
			count[e.Deployments[i].ID]++
		}
		first := len(list)
		for _, d := range e.Deployments {
			if count[d.ID] > 1 {
				list = append(list, d)
			}
		}
		slices.SortFunc(list[first:], func(a, b Deployment) int { return compareRuns(&a, &b) })
	}
	return list[:min(len(list), maxExcluded)]
}

// match returns the first window of the list that has t, which is in one.
func (c *Compiled) match(s *schedule, t time.Time) Match {
	x := s.read(t.Unix())
	for i := range s.windows {
		w := &s.windows[i]
		if d, ok := w.upTo(floorDiv(x-w.begin, day)); ok && x < d*day+w.end {
			in, _ := s.spanned(d*day+w.begin, d*day+w.end)
			return Match{c.rule.Forbid[w.index], dateOf(d), s.time(in.first), s.time(in.end)}
		}
	}
	return Match{}
}

// nearest returns the deployment that came closest since t; of several the one that began
// latest, and of those the first by id. It skips those that an exception matches, since
// other windows hold for them, and those that meet a window on an excepted day.
func (c *Compiled) nearest(all *schedule, environments []*Environment, t, now time.Time) (best *Deployment, least time.Duration) {
	var began time.Time
	for _, e := range environments {
		for i := range e.Deployments {
			d, there := e.Deployments[i].AsOf(now)
			if !there || !d.Ran() || !d.Final() || !c.outcomeCounts(&d) {
				continue
			}
			start, end := d.interval(c.rule.Triggered, now)
			if start.Before(t) || slices.ContainsFunc(c.exceptions, func(x exception) bool { return x.matches(&d) }) {
				continue
			}
			if _, meets := all.overlap(start.Unix(), end.Unix()); meets {
				continue
			}
			distance, ok := c.distance(start, end)
			if !ok || best != nil && cmp.Or(cmp.Compare(distance, least), began.Compare(start), compareRuns(&d, best)) > 0 {
				continue
			}
			closest := d // so that not every d is on the heap
			best, least, began = &closest, distance, start
		}
	}
	return best, least
}

// distance returns how close an interval that meets no window came to one; ok is
// false if there is none.
func (c *Compiled) distance(start, end time.Time) (d time.Duration, ok bool) {
	f := &c.forbidden
	back := -never
	if next := f.nextIn(end.Unix()); next != never {
		d, ok = time.Unix(next, 0).Sub(end), true
		back = start.Unix() - (next - end.Unix()) - 1
	}
	if last, found := f.overlap(back, start.Unix()); found {
		if before := start.Sub(time.Unix(last, 0)); !ok || before < d {
			d, ok = before, true
		}
	}
	return d, ok
}
