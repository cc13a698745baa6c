package rules

import "slices"

// A calendar is a union of windows on the civil line: the seconds that a wall clock can
// read, numbered as if every day had 86400 and day 0 were 1970-01-01. A zone maps instants
// to readings.
type calendar struct {
	windows []daily
	bounds  []int64 // sorted day numbers at which a range of a daySet begins or has ended
}

// daily is one window: the readings [begin, end) of each owning day, in seconds
// after its midnight; 0 <= begin <= day, begin < end <= begin+day.
type daily struct {
	daySet
	begin, end int64
	index      int // of the window in the list it was compiled from
}

// newCalendar compiles windows, less the owning days in except (sorted, disjoint).
func newCalendar(windows []Window, except []dayRange) calendar {
	var c calendar
	for i, w := range windows {
		days := []dayRange{anyDay}
		if len(w.Dates) > 0 {
			days = dayRanges(w.Dates)
		}
		d := daily{daySet: newDaySet(w.Weekdays, without(days, except)), begin: 60 * int64(w.From), end: 60 * int64(w.To), index: i}
		if w.To <= w.From {
			d.end += day
		}
		if len(d.ranges) == 0 || d.begin == d.end {
			continue
		}
		c.windows = append(c.windows, d)
		for _, r := range d.ranges {
			if r.first != anyDay.first {
				c.bounds = append(c.bounds, r.first)
			}
			if r.last != anyDay.last {
				c.bounds = append(c.bounds, r.last+1)
			}
		}
	}
	slices.Sort(c.bounds)
	c.bounds = slices.Compact(c.bounds)
	return c
}

// has reports whether the reading x is in a window.
func (c *calendar) has(x int64) bool { return c.next(x, nil) == x }

// latest returns the end of the latest part of the readings lo to hi (both inside) that is
// in a window: hi+1 if hi is in one. Owning days that excused has do not count.
func (c *calendar) latest(lo, hi int64, excused []*exception) (end int64, ok bool) {
	for i := range c.windows {
		w := &c.windows[i]
		d, found := w.upTo(floorDiv(hi-w.begin, day))
		for r, cut := excusedDay(excused, d); found && cut; r, cut = excusedDay(excused, d) {
			d, found = w.upTo(r.first - 1)
		}
		if !found {
			continue
		}
		if e := d*day + w.end; e > lo {
			e = min(e, hi+1)
			if !ok || e > end {
				end, ok = e, true
			}
		}
	}
	return end, ok
}

// next returns the first reading at or after x that is in a window, or never.
// Owning days that excused has do not count.
func (c *calendar) next(x int64, excused []*exception) int64 {
	first := never
	for i := range c.windows {
		w := &c.windows[i]
		d, ok := w.from(floorDiv(x-w.end, day) + 1)
		for r, cut := excusedDay(excused, d); ok && cut; r, cut = excusedDay(excused, d) {
			d, ok = w.from(r.last + 1)
		}
		if ok {
			first = min(first, max(x, d*day+w.begin))
		}
	}
	return first
}

// nextBound returns the first reading after x at which one window begins or ends on one
// owning day, whatever the others do, or never.
func (c *calendar) nextBound(x int64) int64 {
	first := never
	for i := range c.windows {
		w := &c.windows[i]
		for _, edge := range [...]int64{w.begin, w.end} {
			if d, ok := w.from(floorDiv(x-edge, day) + 1); ok {
				first = min(first, d*day+edge)
			}
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
