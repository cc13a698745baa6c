package rules

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// A dayRange is the day numbers first to last, both inside; ±never is no limit.
type dayRange struct{ first, last int64 }

// anyDay is every day there is.
var anyDay = dayRange{-never / day, never / day}

// meets reports whether the ranges have a day in common.
func (r dayRange) meets(other dayRange) bool { return r.first <= other.last && other.first <= r.last }

// hasDay reports whether one of the ranges has the day.
func hasDay(ranges []dayRange, d int64) (dayRange, bool) {
	for _, r := range ranges {
		if r.first <= d && d <= r.last {
			return r, true
		}
	}
	return dayRange{}, false
}

// dayRanges returns the dates as sorted, disjoint ranges; a range whose last
// date lies before its first is empty and left out.
func dayRanges(dates []DateRange) []dayRange {
	var ranges []dayRange
	for _, d := range dates {
		if r := (dayRange{d.First.dayNumber(), d.Last.dayNumber()}); r.first <= r.last {
			ranges = append(ranges, r)
		}
	}
	slices.SortFunc(ranges, func(a, b dayRange) int { return cmp.Compare(a.first, b.first) })
	merged := ranges[:0]
	for _, r := range ranges {
		if n := len(merged); n > 0 && r.first <= merged[n-1].last+1 {
			merged[n-1].last = max(merged[n-1].last, r.last)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

// without returns the ranges less the days of cut; both sorted and disjoint.
func without(ranges, cut []dayRange) []dayRange {
	var left []dayRange
	for _, r := range ranges {
		for _, c := range cut {
			if !c.meets(r) {
				continue
			}
			if c.first > r.first {
				left = append(left, dayRange{r.first, c.first - 1})
			}
			r.first = c.last + 1
		}
		if r.first <= r.last {
			left = append(left, r)
		}
	}
	return left
}

// A daySet is the owning days of a window: days of certain weekdays in certain ranges.
type daySet struct {
	ranges  []dayRange // sorted, disjoint; finite ends are owning days
	back    [7]int8    // days from a weekday back to one of the set
	forward [7]int8    // and on to one
}

// newDaySet returns the days of the weekdays in the ranges.
func newDaySet(weekdays []time.Weekday, ranges []dayRange) daySet {
	var o daySet
	owns := func(d int) bool { return weekdays == nil || slices.Contains(weekdays, time.Weekday(d%7)) }
	for d := range 7 {
		for !owns(d + 7 - int(o.back[d])) {
			o.back[d]++
		}
		for !owns(d + int(o.forward[d])) {
			o.forward[d]++
		}
	}
	for _, r := range ranges {
		if r.first != anyDay.first {
			r.first += int64(o.forward[weekday(r.first)])
		}
		if r.last != anyDay.last {
			r.last -= int64(o.back[weekday(r.last)])
		}
		if r.first <= r.last {
			o.ranges = append(o.ranges, r)
		}
	}
	return o
}

// upTo returns the last owning day at or before d.
func (o *daySet) upTo(d int64) (int64, bool) {
	i := sort.Search(len(o.ranges), func(i int) bool { return o.ranges[i].first > d })
	if i == 0 {
		return 0, false
	}
	d = min(d, o.ranges[i-1].last)
	return d - int64(o.back[weekday(d)]), true
}

// from returns the first owning day at or after d.
func (o *daySet) from(d int64) (int64, bool) {
	i := sort.Search(len(o.ranges), func(i int) bool { return o.ranges[i].last >= d })
	if i == len(o.ranges) {
		return 0, false
	}
	d = max(d, o.ranges[i].first)
	return d + int64(o.forward[weekday(d)]), true
}
