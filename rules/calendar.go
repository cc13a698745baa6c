package rules

import (
	"slices"
	"sort"
	"time"
)

// A calendar is a union of windows on the civil line: the seconds that a wall clock can
// read, numbered as if every day had 86400 and day 0 were 1970-01-01. A zone maps instants
// to readings.
type calendar struct {
	windows []daily
	bounds  []int64 // sorted day numbers at which a span of a daySet begins or has ended
}

// daily is one window: the readings [begin, end) of each owning day, in seconds
// after its midnight; 0 <= begin <= day, begin < end <= begin+day.
type daily struct {
	daySet
	begin, end int64
	index      int // of the window in the list it was compiled from
}

// newCalendar compiles windows, less the owning days in except (sorted, disjoint).
func newCalendar(windows []Window, except []span) calendar {
	var c calendar
	for i, w := range windows {
		days := []span{anyDay}
		if len(w.Dates) > 0 {
			days = daySpans(w.Dates)
		}
		d := daily{daySet: newDaySet(w.Weekdays, without(days, except)), begin: 60 * int64(w.From), end: 60 * int64(w.To), index: i}
		if w.To <= w.From {
			d.end += day
		}
		if len(d.spans) == 0 || d.begin == d.end {
			continue
		}
		c.windows = append(c.windows, d)
		for _, in := range d.spans {
			if in.first != anyDay.first {
				c.bounds = append(c.bounds, in.first)
			}
			if in.end != anyDay.end {
				c.bounds = append(c.bounds, in.end)
			}
		}
	}
	slices.Sort(c.bounds)
	c.bounds = slices.Compact(c.bounds)
	return c
}

// latest returns the end of the latest part of the readings lo to hi (both inside) that is
// in a window: hi+1 if hi is in one.
func (c *calendar) latest(lo, hi int64) (end int64, ok bool) {
	for i := range c.windows {
		w := &c.windows[i]
		d, found := w.upTo(floorDiv(hi-w.begin, day))
		if e := min(d*day+w.end, hi+1); found && e > lo && (!ok || e > end) {
			end, ok = e, true
		}
	}
	return end, ok
}

// next returns the first reading at or after x that is in a window, or never.
func (c *calendar) next(x int64) int64 {
	first := never
	for i := range c.windows {
		w := &c.windows[i]
		if d, ok := w.from(floorDiv(x-w.end, day) + 1); ok {
			first = min(first, max(x, d*day+w.begin))
		}
	}
	return first
}

// runEnd returns the end of the unbroken run of windows that has the reading x, or never.
//
// Between two bounds the windows repeat each week, except in the two days after a bound,
// into which an earlier owning day may reach. A run that has lasted a week there lasts to
// the next bound, so years need no more steps than a week.
func (c *calendar) runEnd(x int64) int64 {
	end := x
	for repeating := x; ; { // from repeating on, the run is in the repeating part
		grown := end
		for i := range c.windows {
			w := &c.windows[i]
			if d, ok := w.upTo(floorDiv(end-w.begin, day)); ok {
				grown = max(grown, d*day+w.end)
			}
		}
		if grown == end {
			return end
		}
		end = grown
		for end-repeating >= week {
			i, _ := slices.BinarySearch(c.bounds, floorDiv(repeating, day)-1)
			if i == len(c.bounds) {
				return never
			}
			if bound := c.bounds[i] * day; bound-repeating >= week {
				end = max(end, bound)
			}
			repeating = (c.bounds[i] + 2) * day
		}
	}
}

// A daySet is the owning days of a window: days of certain weekdays in certain spans.
type daySet struct {
	spans    []span // sorted, disjoint; finite ends are owning days
	weekdays [7]bool
}

// newDaySet returns the days of the weekdays in the spans.
func newDaySet(weekdays []time.Weekday, spans []span) daySet {
	var o daySet
	for d := range o.weekdays {
		o.weekdays[d] = weekdays == nil || slices.Contains(weekdays, time.Weekday(d))
	}
	for _, in := range spans {
		if in.first != anyDay.first {
			in.first = o.onOrAfter(in.first)
		}
		if in.end != anyDay.end {
			in.end = o.onOrBefore(in.end-1) + 1
		}
		if in.first < in.end {
			o.spans = append(o.spans, in)
		}
	}
	return o
}

// onOrBefore returns the last day of the weekdays that is not after d.
func (o *daySet) onOrBefore(d int64) int64 {
	for !o.weekdays[weekday(d)] {
		d--
	}
	return d
}

// onOrAfter returns the first day of the weekdays that is not before d.
func (o *daySet) onOrAfter(d int64) int64 {
	for !o.weekdays[weekday(d)] {
		d++
	}
	return d
}

// upTo returns the last owning day at or before d.
func (o *daySet) upTo(d int64) (int64, bool) {
	i := sort.Search(len(o.spans), func(i int) bool { return o.spans[i].first > d })
	if i == 0 {
		return 0, false
	}
	return o.onOrBefore(min(d, o.spans[i-1].end-1)), true
}

// from returns the first owning day at or after d.
func (o *daySet) from(d int64) (int64, bool) {
	i := sort.Search(len(o.spans), func(i int) bool { return o.spans[i].end > d })
	if i == len(o.spans) {
		return 0, false
	}
	return o.onOrAfter(max(d, o.spans[i].first)), true
}
