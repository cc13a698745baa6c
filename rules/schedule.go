package rules

// A schedule is a calendar in a zone: a set of instants, in unix seconds, since windows
// begin and end and offsets change on whole seconds.
type schedule struct {
	zone
	calendar
}

// in reports whether the second t is in a window.
func (s *schedule) in(t int64) bool { return s.nextIn(t) == t }

// overlap returns the end of the latest part of the seconds from to until (both
// inside) that is in a window: until+1 if until is in one, else the first second
// after it.
func (s *schedule) overlap(from, until int64) (end int64, ok bool) {
	for t := until; ; {
		seg := s.at(t)
		if end, ok := s.latest(max(from, seg.start)+seg.offset, t+seg.offset); ok {
			return end - seg.offset, true
		}
		if seg.start <= from {
			return 0, false
		}
		t = seg.start - 1
	}
}

// nextIn returns the first second at or after t that is in a window, or never.
func (s *schedule) nextIn(t int64) int64 {
	for {
		seg := s.at(t)
		if x := s.next(t + seg.offset); x != never && (seg.end == never || x-seg.offset < seg.end) {
			return x - seg.offset
		}
		if seg.end == never {
			return never
		}
		t = seg.end
		// No clock can read less than this from t on.
		x := s.next(t - maxOffset)
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
		if x := t - maxOffset; s.next(x) == x {
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
	leads := func(t int64) bool { return s.end(s.nextIn(t)) == end }
	other, own := t-day, t
	for leads(other) {
		if other < -never/2 { // there is no run before
			if first := s.nextIn(other); first > other+week {
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
	return s.nextIn(own)
}

// edge returns the first second after t at which in changes, or never.
func (s *schedule) edge(t int64) int64 {
	if s.in(t) {
		return s.end(t)
	}
	return s.nextIn(t)
}

// spanned returns the seconds from the first to the last at which the clock reads from to
// until (not inside), and whether there are any.
func (s *schedule) spanned(from, until int64) (in span, ok bool) {
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

// occurrences returns the spans of windows that meet or touch the seconds from to until, in
// order. Those that overlap or touch are one.
func (s *schedule) occurrences(from, until int64) []span {
	var list []span
	for i := range s.windows {
		w := &s.windows[i]
		d, ok := w.from(floorDiv(from-maxOffset, day) - 2)
		for ; ok && d*day <= until+maxOffset; d, ok = w.from(d + 1) {
			if in, found := s.spanned(d*day+w.begin, d*day+w.end); found && in.end >= from && in.first <= until {
				list = append(list, in)
			}
		}
	}
	return union(list)
}
