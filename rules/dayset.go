package rules

import (
	"slices"
	"sort"
	"time"
)

// A daySet is the owning days of a window: days of certain weekdays in certain ranges.
type daySet struct {
	spans   []span  // sorted, disjoint; finite ends are owning days
	back    [7]int8 // days from a weekday back to one of the set
	forward [7]int8 // and on to one
}

// newDaySet returns the days of the weekdays in the spans.
func newDaySet(weekdays []time.Weekday, spans []span) daySet {
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
	for _, in := range spans {
		if in.first != anyDay.first {
			in.first += int64(o.forward[weekday(in.first)])
		}
		if in.end != anyDay.end {
			in.end -= int64(o.back[weekday(in.end-1)])
		}
		if in.first < in.end {
			o.spans = append(o.spans, in)
		}
	}
	return o
}

// upTo returns the last owning day at or before d.
func (o *daySet) upTo(d int64) (int64, bool) {
	i := sort.Search(len(o.spans), func(i int) bool { return o.spans[i].first > d })
	if i == 0 {
		return 0, false
	}
	d = min(d, o.spans[i-1].end-1)
	return d - int64(o.back[weekday(d)]), true
}

// from returns the first owning day at or after d.
func (o *daySet) from(d int64) (int64, bool) {
	i := sort.Search(len(o.spans), func(i int) bool { return o.spans[i].end > d })
	if i == len(o.spans) {
		return 0, false
	}
	d = max(d, o.spans[i].first)
	return d + int64(o.forward[weekday(d)]), true
}
