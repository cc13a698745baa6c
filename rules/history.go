package rules

import (
	"slices"
	"time"
)

// A History is how well a rule was kept in all of the time that is known.
type History struct {
	Rule     string
	Known    bool         // false: nothing is known, or the rule is not in force; all else is zero
	From     time.Time    // when that time begins
	Breaches int          // deployments that broke the rule
	Ended    []StreakSpan // those before the current one, oldest first
	Current  StreakSpan   // what the wall shows
	Best     *StreakSpan  // the longest that has ended (by weeks, then time; of equals the latest), or nil
	Record   *StreakSpan  // the longest of all; nil only if not Known
	Years    []Year       // calendar years with occurrences, oldest first
}

// A StreakSpan is an unbroken time in which the rule was kept, up to the first forbidden instant
// of a breach.
type StreakSpan struct {
	Start, End  time.Time // the current one ends now
	Weeks, Days int       // as the rule counts, at End
	AtLeast     bool      // it may have begun before
	Ended       *Breach   // nil: it goes on
}

// A Year is what became of the occurrences that began in a calendar year, as far as they
// have ended and are known.
type Year struct{ Year, Kept, Broken int }

// History returns the history as of now, which points into the breaches.
func (c *Compiled) History(environments []Environment, breaches []Breach, now time.Time) History {
	s := c.Streak(environments, breaches, now)
	h := History{Rule: s.Rule, Known: s.Known}
	if !s.Known {
		return h
	}
	known := c.knownRange(c.scope(environments), breaches, now)
	counted := c.counted(breaches, known.from)
	h.From = known.from.In(c.forbidden.loc)
	h.Breaches = len(counted)
	h.Ended = c.endedStreaks(counted, known)
	h.Current = StreakSpan{Start: s.Since, End: now.In(c.forbidden.loc), Weeks: s.Weeks, Days: s.Days, AtLeast: s.AtLeast}
	for i := range h.Ended {
		if r := &h.Ended[i]; h.Best == nil || !h.Best.longer(r) {
			h.Best = r
		}
	}
	if h.Record = h.Best; h.Best == nil || !h.Best.longer(&h.Current) {
		h.Record = &h.Current
	}
	h.Years = c.years(counted, known, now)
	return h
}

// endedStreaks returns the streaks between breaches, oldest first. Breaches may overlap: one
// begins where the last of several ended, and ends at the first forbidden instant of all
// that follow.
func (c *Compiled) endedStreaks(counted []*Breach, known knownRange) []StreakSpan {
	var list []StreakSpan
	add := func(start time.Time, began, ended *Breach) {
		r := StreakSpan{Start: start, End: ended.First, Ended: ended}
		r.Weeks, r.Days = c.weeksAndDays(r.Start, r.End, began != nil && began.WindowEnd)
		list = append(list, r)
	}
	var next *Breach // the one that begins first of those to come
	for _, b := range slices.Backward(counted) {
		if next != nil && b.At.Before(next.First) {
			add(b.At, b, next)
		}
		if next == nil || b.First.Before(next.First) {
			next = b
		}
	}
	if next != nil && known.from.Before(next.First) {
		add(known.from.In(c.forbidden.loc), nil, next)
		list[len(list)-1].AtLeast = known.facts
	}
	slices.Reverse(list)
	return list
}

// longer reports whether r is longer than other: it has more weeks, or as many
// and took more time, which the wall clock may see otherwise.
func (r *StreakSpan) longer(other *StreakSpan) bool {
	return r.Weeks > other.Weeks || r.Weeks == other.Weeks && r.End.Sub(r.Start) > other.End.Sub(other.Start)
}

// years counts what became of the occurrences that lie in the known range whole.
func (c *Compiled) years(counted []*Breach, known knownRange, now time.Time) []Year {
	if !known.from.Before(now) {
		return nil
	}
	found := c.forbidden.occurrences(known.from.Unix(), now.Unix())
	var years []Year
	for i, o := range c.broken(found, counted) {
		if !known.has(found[i], now) {
			continue
		}
		if n := len(years); n == 0 || years[n-1].Year != o.Start.Year() {
			years = append(years, Year{Year: o.Start.Year()})
		}
		if y := &years[len(years)-1]; o.Breaches > 0 {
			y.Broken++
		} else {
			y.Kept++
		}
	}
	return years
}
