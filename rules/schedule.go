package rules

import "slices"

// A schedule is a calendar in a zone: a set of instants. All of them are unix
// seconds, since windows begin and end and offsets change on whole seconds.
type schedule struct {
	zone
	calendar
}

// in reports whether the second t is in a window.
func (s *schedule) in(t int64) bool { return s.has(s.read(t)) }

// overlap returns the end of the latest part of the seconds from to until (both
// inside) that is in a window: until+1 if until is in one, else the first second
// after it. Owning days that excused has do not count.
func (s *schedule) overlap(from, until int64, excused []*exception) (end int64, ok bool) {
	for t := until; ; {
		seg := s.at(t)
		if end, ok := s.latest(max(from, seg.start)+seg.offset, t+seg.offset, excused); ok {
			return end - seg.offset, true
		}
		if seg.start <= from {
			return 0, false
		}
		t = seg.start - 1
		// No clock can read more than this from t back, so nothing between the
		// last window up to it and t need be looked at.
		last, ok := s.latest(-never, t+maxOffset, excused)
		if t = min(t, last-1+maxOffset); !ok || t < from {
			return 0, false
		}
	}
}

// nextIn returns the first second at or after t that is in a window, or never.
// Owning days that excused has do not count.
func (s *schedule) nextIn(t int64, excused []*exception) int64 {
	for {
		seg := s.at(t)
		if x := s.next(t+seg.offset, excused); x != never && (seg.end == never || x-seg.offset < seg.end) {
			return x - seg.offset
		}
		if seg.end == never {
			return never
		}
		t = seg.end
		// No clock can read less than this from t on.
		x := s.next(t-maxOffset, excused)
		if x == never {
			return never
		}
		t = max(t, x-maxOffset)
	}
}

// end returns the end of the unbroken run of windows that has t, or never.
func (s *schedule) end(t int64) int64 {
	for {
		// Whatever the offsets will be, every reading from t on is after x.
		if x := t - maxOffset; s.has(x) {
			x = s.runEnd(x)
			if x == never {
				return never
			}
			t = max(t, x-maxOffset-1)
		}
		seg := s.at(t)
		x := s.runEnd(t + seg.offset)
		switch {
		case x != never && (seg.end == never || x-seg.offset < seg.end):
			return x - seg.offset
		case seg.end == never:
			return never
		case !s.in(seg.end):
			return seg.end
		}
		t = seg.end
	}
}

// start returns the start of the unbroken run that has t, or -never. The next run from
// a second on is that one exactly from where the run before has ended, which a binary
// search finds.
func (s *schedule) start(t int64) int64 {
	end := s.end(t)
	leads := func(t int64) bool { return s.end(s.nextIn(t, nil)) == end }
	other, own := t-day, t
	for leads(other) {
		if other < -never/2 { // there is no run before
			if first := s.nextIn(other, nil); first > other+week {
				return first
			}
			return -never
		}
		other, own = other-(t-other), other
	}
	for own-other > 1 {
		if middle := other + (own-other)/2; leads(middle) {
			own = middle
		} else {
			other = middle
		}
	}
	return s.nextIn(own, nil)
}

// edge returns the first second after t at which in changes, or never.
func (s *schedule) edge(t int64) int64 {
	if s.in(t) {
		return s.end(t)
	}
	return s.nextIn(t, nil)
}

// markAfter returns the first second after t at which one window begins or ends
// on one owning day or the offset changes, or never. It is at or before edge.
func (s *schedule) markAfter(t int64) int64 {
	seg := s.at(t)
	x := s.mark(t + seg.offset)
	if x == never {
		return seg.end
	}
	return min(seg.end, x-seg.offset)
}

// An interval is the seconds from first, inside, to end, not inside. That of a
// window on one day may be longer than the window: the clock may be put back within.
type interval struct{ first, end int64 }

// spanned returns the interval from the first to the last instant at which the clock
// reads from to until (not inside), and whether it reads any of them at all.
func (s *schedule) spanned(from, until int64) (in interval, ok bool) {
	for t := from - maxOffset; t < until+maxOffset; {
		seg := s.at(t)
		first, end := max(t, from-seg.offset), min(seg.end, until-seg.offset)
		if first < end {
			if !ok {
				in.first, ok = first, true
			}
			in.end = max(in.end, end)
		}
		t = seg.end
	}
	return in, ok
}

// occurrences returns the intervals of windows that meet or touch the seconds from
// to until, those that overlap or touch put together, in order. They are made as it
// goes, so that what goes on for years takes no memory.
func (s *schedule) occurrences(from, until int64) []interval {
	next := make([]int64, len(s.windows)) // owning day of each window
	more := make([]bool, len(s.windows))
	for i := range s.windows {
		w := &s.windows[i]
		next[i], more[i] = w.from(floorDiv(from-maxOffset-w.end, day))
	}
	var list []interval
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
		if in, ok := s.spanned(d*day+w.begin, d*day+w.end); ok && in.end >= from && in.first <= until {
			list = merge(list, in)
		}
	}
}

// merge puts an interval into a list of those that are in order and do not touch.
func merge(list []interval, in interval) []interval {
	i := len(list)
	for i > 0 && list[i-1].end >= in.first {
		i--
	}
	if i == len(list) {
		return append(list, in)
	}
	// Those from i on end at or after the new one begins.
	k := i
	for k < len(list) && list[k].first <= in.end {
		in.first, in.end = min(in.first, list[k].first), max(in.end, list[k].end)
		k++
	}
	return slices.Replace(list, i, k, in)
}
