package rules

import (
	"cmp"
	"slices"
)

// A span is the day numbers or unix seconds from first, inside, to end, not inside; ±never
// is no limit.
type span struct{ first, end int64 }

// anyDay is every day there is.
var anyDay = span{-never / day, never / day}

// has reports whether n is in the span.
func (s span) has(n int64) bool { return s.first <= n && n < s.end }

// meets reports whether the spans have something in common.
func (s span) meets(other span) bool { return s.first < other.end && other.first < s.end }

// union sorts spans and makes those that overlap or touch one. It reuses the list.
func union(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && s.first <= merged[n-1].end {
			merged[n-1].end = max(merged[n-1].end, s.end)
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}

// without returns the spans less those of cut; both sorted and disjoint.
func without(spans, cut []span) []span {
	var left []span
	for _, s := range spans {
		for _, c := range cut {
			if !c.meets(s) {
				continue
			}
			if c.first > s.first {
				left = append(left, span{s.first, c.first})
			}
			s.first = c.end
		}
		if s.first < s.end {
			left = append(left, s)
		}
	}
	return left
}

// daySpans returns the days of the dates, sorted and disjoint; a range whose last date lies
// before its first is empty and left out.
func daySpans(dates []DateRange) []span {
	var spans []span
	for _, d := range dates {
		if s := (span{d.First.dayNumber(), d.Last.dayNumber() + 1}); s.first < s.end {
			spans = append(spans, s)
		}
	}
	return union(spans)
}
