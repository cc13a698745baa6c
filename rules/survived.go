package rules

import (
	"cmp"
	"slices"
)

// survived returns how many occurrences began after start and had ended at now.
// Those that overlap or touch are one.
func (s *schedule) survived(start, now int64) int {
	hulls := s.hulls(start, now)
	slices.SortFunc(hulls, func(a, b hull) int { return cmp.Compare(a.first, b.first) })
	count := 0
	for len(hulls) > 0 {
		run := hulls[0]
		for hulls = hulls[1:]; len(hulls) > 0 && hulls[0].first <= run.end; hulls = hulls[1:] {
			run.end = max(run.end, hulls[0].end)
		}
		if run.first > start && run.end <= now {
			count++
		}
	}
	return count
}

// A hull is the stretch from an occurrence's first second to its end. The clock
// may be put back within, and then it is longer than the window.
type hull struct{ first, end int64 }

// hulls returns those that meet or touch the seconds start to now. With them the
// one around start is seen to have begun before it, and the one around now not
// to have ended, however far they reach.
func (s *schedule) hulls(start, now int64) []hull {
	var hulls []hull
	for i := range s.windows {
		w := &s.windows[i]
		d, ok := w.from(floorDiv(start-maxOffset-w.end, day))
		for ; ok && d*day+w.begin <= now+maxOffset; d, ok = w.from(d + 1) {
			if h, ok := s.hull(d*day+w.begin, d*day+w.end); ok && h.end >= start && h.first <= now {
				hulls = append(hulls, h)
			}
		}
	}
	return hulls
}

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
