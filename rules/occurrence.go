package rules

import (
	"slices"
	"sort"
	"time"
)

// An Occurrence is a forbidden time: windows that overlap or touch are one.
type Occurrence struct {
	Rule       string
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
// became of them as of now, the oldest first.
func (c *Compiled) Occurrences(environments []Environment, breaches []Breach, from, to, now time.Time) []Occurrence {
	if !from.Before(to) {
		return nil
	}
	f := &c.forbidden
	first, last := from.Unix(), to.Add(-1).Unix()
	found := slices.DeleteFunc(f.occurrences(first, last), func(o span) bool { return o.end <= first })
	if len(found) == 0 {
		return nil
	}
	if o := &found[0]; f.in(o.first - 1) {
		o.first = f.start(o.first - 1)
	}
	if o := &found[len(found)-1]; f.in(o.end) {
		o.end = f.end(o.end)
	}
	known := c.knownRange(c.scope(environments), breaches, now)
	list := c.broken(found, c.counted(breaches, time.Time{}))
	for i := range list {
		list[i].Status = c.status(&list[i], found[i], known, now)
	}
	return list
}

// status returns what became of an occurrence.
func (c *Compiled) status(o *Occurrence, in span, known knownRange, now time.Time) Status {
	switch {
	case o.Breaches > 0:
		return StatusBroken
	case !c.since.IsZero() && time.Unix(in.first, 0).Before(c.since):
		return StatusBefore
	case in.first > now.Unix():
		return StatusAhead
	case in.end > now.Unix():
		return StatusOpen
	case known.has(in, now):
		return StatusKept
	}
	return StatusUnknown
}

// broken returns occurrences, in order, with those of the breaches, in order, that broke
// them.
func (c *Compiled) broken(found []span, breaches []*Breach) []Occurrence {
	list := make([]Occurrence, len(found))
	for i, in := range found {
		list[i] = Occurrence{Rule: c.rule.Name, Start: c.forbidden.time(in.first), End: c.forbidden.time(in.end)}
	}
	for _, b := range breaches {
		from, until := b.First.Unix(), b.At.Unix()
		i := sort.Search(len(found), func(i int) bool { return found[i].end > from })
		// A window's end may be in the next window, which touches and so is of the
		// same occurrence.
		for ; i < len(found) && found[i].first <= until; i++ {
			if c.broke(b, found[i]) {
				list[i].Breaches++
				list[i].Breach = b
			}
		}
	}
	return list
}

// broke reports whether a breach that meets an occurrence is not excused there. The
// first and the last that it meets it broke; one between them may be excused.
func (c *Compiled) broke(b *Breach, o span) bool {
	if o.first <= b.First.Unix() || b.At.Unix() <= o.end {
		return true
	}
	_, ok := c.forbiddenTo(&b.Deployment, o.first, o.end-1).overlap(o.first, o.end-1)
	return ok
}
