package rules

import (
	"slices"
	"sort"
	"time"
)

// An Occurrence is a time in which deploying is forbidden. Windows that overlap or touch
// are one.
type Occurrence struct {
	Start, End time.Time // zero: it has no beginning, or no end
	Status     Status
	Breaches   int     // that count and broke it
	Breach     *Breach // the latest of them
}

// Status says what became of an occurrence.
type Status string

const (
	StatusKept    Status = "kept"    // it has ended, is known, and nothing broke it
	StatusBroken  Status = "broken"  // a breach that counts broke it
	StatusOpen    Status = "open"    // it has not ended, and nothing has broken it
	StatusAhead   Status = "ahead"   // it has not begun
	StatusUnknown Status = "unknown" // not all of it is known
	StatusBefore  Status = "before"  // it began before the rule's since
)

// Occurrences returns the whole occurrences that meet the time from from to to, and what
// became of them as of now, the oldest first. The breaches are those of
// [Compiled.Breaches], and the occurrences point into them.
func (c *Compiled) Occurrences(environments []Environment, breaches []Breach, from, to, now time.Time) []Occurrence {
	if !from.Before(to) {
		return nil
	}
	f := &c.forbidden
	first, last := from.Unix(), to.Add(-1).Unix()
	found := slices.DeleteFunc(f.occurrences(first, last), func(o interval) bool { return o.end <= first })
	if len(found) == 0 {
		return nil
	}
	if o := &found[0]; f.in(o.first - 1) {
		o.first = f.start(o.first - 1)
	}
	if o := &found[len(found)-1]; f.in(o.end) {
		o.end = f.end(o.end)
	}
	known := c.knownRange(newCoverage(c.scope(environments), now), breaches)
	list := make([]Occurrence, len(found))
	for i, t := range c.tally(found, c.counted(breaches, time.Time{})) {
		list[i] = Occurrence{
			Start: f.time(found[i].first), End: f.time(found[i].end),
			Status: known.status(found[i], t.count > 0, now), Breaches: t.count, Breach: t.latest,
		}
	}
	return list
}

// status returns what became of an occurrence.
func (r *knownRange) status(o interval, broken bool, now time.Time) Status {
	switch {
	case broken:
		return StatusBroken
	case !r.since.IsZero() && time.Unix(o.first, 0).Before(r.since):
		return StatusBefore
	case o.first > now.Unix():
		return StatusAhead
	case o.end > now.Unix():
		return StatusOpen
	case r.whole(o, now):
		return StatusKept
	}
	return StatusUnknown
}

// A tally is how often an occurrence was broken, and by whom last.
type tally struct {
	count  int
	latest *Breach
}

// tally finds which occurrences, in order, the breaches, in order, broke.
func (c *Compiled) tally(occurrences []interval, breaches []*Breach) []tally {
	list := make([]tally, len(occurrences))
	for _, b := range breaches {
		from, until := b.First.Unix(), b.At.Unix()
		i := sort.Search(len(occurrences), func(i int) bool { return occurrences[i].end > from })
		// A window's end may be in the next window, which touches and so is of the
		// same occurrence.
		for ; i < len(occurrences) && occurrences[i].first <= until; i++ {
			if c.broke(b, occurrences[i]) {
				list[i].count++
				list[i].latest = b
			}
		}
	}
	return list
}

// broke reports whether a breach that meets an occurrence is not excused there. The
// first and the last that it meets it broke; one between them may be excused.
func (c *Compiled) broke(b *Breach, o interval) bool {
	if o.first <= b.First.Unix() || b.At.Unix() <= o.end {
		return true
	}
	excused, _ := c.excuses(&b.Deployment, o.first, o.end-1, nil)
	_, ok := c.forbidden.overlap(o.first, o.end-1, excused)
	return ok
}
