package rules

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

// end returns the end of the unbroken stretch of windows that has t, or never.
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

// start returns the start of the unbroken stretch that has t, or -never.
func (s *schedule) start(t int64) int64 {
	for {
		// Whatever the offsets were, every reading up to t was before x.
		if x := t + maxOffset; s.has(x) {
			x = s.runStart(x)
			if x == -never {
				return -never
			}
			t = min(t, x+maxOffset)
		}
		seg := s.at(t)
		x := s.runStart(t + seg.offset)
		switch {
		case x != -never && x-seg.offset > seg.start:
			return x - seg.offset
		case seg.start == -never:
			return -never
		case !s.in(seg.start - 1):
			return seg.start
		}
		t = seg.start - 1
	}
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
