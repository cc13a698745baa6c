package rules

import (
	"slices"
	"time"
)

// An Occurrence is one stretch of forbidden time as people count them: windows
// that overlap or touch are one (design: "The number", Window).
type Occurrence struct {
	Start time.Time // inside; zero if it has no beginning
	End   time.Time // not inside; zero if it has no end
	Fate  Fate

	// Broken by this many counted breaches, of which Breach is the latest.
	Breaches int
	Breach   *Breach
}

// Fate says what became of an occurrence.
type Fate string

// The fates. A breach that is known breaks its occurrence even where the facts
// are not complete; one before the rule's since does not.
const (
	FateKept    Fate = "kept"    // it has ended, all of it is known, and nothing broke it
	FateBroken  Fate = "broken"  // a counted breach broke it
	FateOpen    Fate = "open"    // it has begun and not ended, and nothing has broken it
	FateAhead   Fate = "ahead"   // it has not begun
	FateUnknown Fate = "unknown" // not all of it is known
	FateBefore  Fate = "before"  // it began before the rule's since, when breaches are ignored
)

// Occurrences returns the forbidden occurrences that meet the time from from to
// to (not inside), oldest first, and what became of them as of now. They are not
// cut where the range ends. Forbidden always is one occurrence; the work grows
// with the days of the range.
func (l *Ledger) Occurrences(environments []Environment, from, to, now time.Time) []Occurrence {
	if !from.Before(to) {
		return nil
	}
	breaches := l.breaches(now)
	past := l.past(environments)
	f := &l.judge.forbidden
	first, last := from.Unix(), to.Add(-1).Unix()
	hulls := slices.DeleteFunc(f.occurrences(first, last), func(h hull) bool { return h.end <= first })
	if len(hulls) == 0 {
		return nil
	}
	hulls[0].first = f.begun(hulls[0].first)
	hulls[len(hulls)-1].end = f.ended(hulls[len(hulls)-1].end)
	list := make([]Occurrence, 0, len(hulls))
	for i, t := range breaches.tally(hulls, momentOf(past.since)) {
		o := Occurrence{Start: f.time(hulls[i].first), End: f.time(hulls[i].end), Breaches: t.count}
		if t.count > 0 {
			o.Breach = l.shown(t.latest)
		}
		o.Fate = past.fate(hulls[i], t.count > 0, l.asOf)
		list = append(list, o)
	}
	return list
}

// begun returns where the stretch of windows that has first, or ends there,
// begins; ended likewise ends.
func (s *schedule) begun(first int64) int64 {
	for first != -never && s.in(first-1) {
		first = s.start(first - 1)
	}
	return first
}

func (s *schedule) ended(end int64) int64 {
	for end != never && s.in(end) {
		end = s.end(end)
	}
	return end
}

// occurrences returns the hulls that meet or touch the seconds from to until,
// those that overlap or touch put together, in order. They are made as it goes,
// so that what goes on for years takes no memory.
func (s *schedule) occurrences(from, until int64) []hull {
	next := make([]int64, len(s.windows)) // owning day of each window
	more := make([]bool, len(s.windows))
	for i := range s.windows {
		w := &s.windows[i]
		next[i], more[i] = w.from(floorDiv(from-maxOffset-w.end, day))
	}
	var list []hull
	for {
		// The window that begins first on the clock. Where the clock is put
		// back a later one may come first, but by less than a day.
		first := -1
		for i := range s.windows {
			if more[i] && (first < 0 || next[i]*day+s.windows[i].begin < next[first]*day+s.windows[first].begin) {
				first = i
			}
		}
		if first < 0 {
			return list
		}
		w, d := &s.windows[first], next[first]
		if d*day+w.begin > until+maxOffset {
			return list
		}
		next[first], more[first] = w.from(d + 1)
		if h, ok := s.hull(d*day+w.begin, d*day+w.end); ok && h.end >= from && h.first <= until {
			list = merge(list, h)
		}
	}
}

// merge puts h into the list of hulls that are in order and do not touch.
func merge(list []hull, h hull) []hull {
	i := len(list)
	for i > 0 && list[i-1].end >= h.first {
		i--
	}
	if i == len(list) {
		return append(list, h)
	}
	// Those from i on end at or after h begins.
	k := i
	for k < len(list) && list[k].first <= h.end {
		h.first, h.end = min(h.first, list[k].first), max(h.end, list[k].end)
		k++
	}
	return slices.Replace(list, i, k, h)
}
