package rules

import "slices"

// A schedule is a calendar in a zone: a set of instants, in unix seconds, since windows
// begin and end and offsets change on whole seconds.
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

// start returns the start of the unbroken run that has t, or -never. It searches for the
// earliest second from which on the next run is this one.
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

// boundAfter returns the first second after t at which one window begins or ends on one
// owning day or the offset changes, or never. It is at or before edge.
func (s *schedule) boundAfter(t int64) int64 {
	seg := s.at(t)
	if x := s.nextBound(t + seg.offset); x != never {
		return min(seg.end, x-seg.offset)
	}
	return seg.end
}

// An interval is the seconds from first, inside, to end, not inside.
type interval struct{ first, end int64 }

// spanned returns the interval from the first to the last second at which the clock reads
// from to until (not inside), and whether there is one.
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

// occurrences returns the intervals of windows that meet or touch the seconds from to
// until, in order. Those that overlap or touch are one.
func (s *schedule) occurrences(from, until int64) []interval {
	var list []interval
	for d := floorDiv(from-maxOffset, day) - 2; ; d++ {
		next := never / day // the next day that owns a window
		for i := range s.windows {
			if n, ok := s.windows[i].from(d); ok {
				next = min(next, n)
			}
		}
		if next*day > until+maxOffset {
			return list
		}
		d = next
		for i := range s.windows {
			w := &s.windows[i]
			if n, ok := w.from(d); !ok || n != d {
				continue
			}
			if in, ok := s.spanned(d*day+w.begin, d*day+w.end); ok && in.end >= from && in.first <= until {
				list = merge(list, in)
			}
		}
	}
}

// merge puts an interval into a list of intervals that are in order and do not touch.
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
