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

// owners are the owning days of a window: days of certain weekdays in certain
// ranges. They may be sparse, so both searches go straight to the next one.
type owners struct {
	ranges  []dayRange // sorted, disjoint; finite ends are owning days
	back    [7]int8    // days from a weekday back to one of the set
	forward [7]int8    // and on to one
}

// newOwners returns the days of the weekdays in the ranges.
func newOwners(weekdays Weekdays, ranges []dayRange) owners {
	var o owners
	for d := range o.back {
		for !weekdays.Has(time.Weekday((d + 7 - int(o.back[d])) % 7)) {
			if o.back[d]++; o.back[d] == 7 {
				return owners{} // bits beyond Saturday only
			}
		}
		for !weekdays.Has(time.Weekday((d + int(o.forward[d])) % 7)) {
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
func (o *owners) upTo(d int64) (int64, bool) {
	i := len(o.ranges) - 1
	if i > 7 {
		i = sort.Search(len(o.ranges), func(i int) bool { return o.ranges[i].first > d }) - 1
	}
	for ; i >= 0; i-- {
		if r := &o.ranges[i]; r.first <= d {
			d = min(d, r.last)
			return d - int64(o.back[weekday(d)]), true
		}
	}
	return 0, false
}

// from returns the first owning day at or after d.
func (o *owners) from(d int64) (int64, bool) {
	i := 0
	if len(o.ranges) > 8 {
		i = sort.Search(len(o.ranges), func(i int) bool { return o.ranges[i].last >= d })
	}
	for ; i < len(o.ranges); i++ {
		if r := &o.ranges[i]; d <= r.last {
			d = max(d, r.first)
			return d + int64(o.forward[weekday(d)]), true
		}
	}
	return 0, false
}
