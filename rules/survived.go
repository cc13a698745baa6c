package rules

// survived returns how many occurrences began after start and had ended at now.
// The one around start is seen to have begun before it, and the one around now
// not to have ended, however far they reach.
func (s *schedule) survived(start, now int64) int {
	count := 0
	for _, h := range s.occurrences(start, now) {
		if h.first > start && h.end <= now {
			count++
		}
	}
	return count
}

// A hull is the stretch from an occurrence's first second to its end. The clock
// may be put back within, and then it is longer than the window.
type hull struct{ first, end int64 }

// hull returns that of the readings from to until (not inside), and whether the
// clock reads any of them at all.
func (s *schedule) hull(from, until int64) (h hull, ok bool) {
	for t := from - maxOffset; t < until+maxOffset; {
		seg := s.at(t)
		first, end := max(t, from-seg.offset), min(seg.end, until-seg.offset)
		if first < end {
			if !ok {
				h.first, ok = first, true
			}
			h.end = max(h.end, end)
		}
		t = seg.end
	}
	return h, ok
}
