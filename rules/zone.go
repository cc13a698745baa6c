package rules

import (
	"sort"
	"time"
)

// day and week are lengths on the civil line, in seconds. A real day may be shorter or
// longer.
const (
	day  = 86400
	week = 7 * day
)

// never stands for an instant or a reading that does not come, and -never for one without
// a beginning. Offsets may be added to it without overflow.
const never int64 = 1 << 60

// maxOffset is more than any IANA zone is from UTC (15:57 h, Asia/Manila before 1845).
const maxOffset = day

// A segment is the unix seconds [start, end) with one offset from UTC, in seconds.
type segment struct {
	start, end int64
	offset     int64
}

// A zone is a location with a table of its segments. Without a table it is correct, but
// asks the location each time.
type zone struct {
	loc   *time.Location
	table []segment // in order, without gaps, from tableFrom or before to tableUntil or after
}

// The table covers the instants that deployments have.
const (
	tableFrom  = 0             // 1970-01-01T00:00:00Z
	tableUntil = 4_102_444_800 // 2100-01-01T00:00:00Z
)

// newZone returns a zone with a table.
func newZone(loc *time.Location) zone {
	z := zone{loc: loc}
	for t := int64(tableFrom); t < tableUntil; {
		s := z.ask(t)
		z.table = append(z.table, s)
		t = s.end
	}
	return z
}

// at returns the segment that holds the unix second t.
func (z *zone) at(t int64) segment {
	i := sort.Search(len(z.table), func(i int) bool { return t < z.table[i].end })
	if i == len(z.table) || t < z.table[0].start {
		return z.ask(t)
	}
	return z.table[i]
}

// ask returns the segment that holds t from the location. Its bounds may be narrower than
// the true ones, since package time ends them at the year for rules without an end.
func (z *zone) ask(t int64) segment {
	in := time.Unix(t, 0).In(z.loc)
	_, offset := in.Zone()
	s := segment{start: -never, end: never, offset: int64(offset)}
	start, end := in.ZoneBounds()
	if !start.IsZero() {
		s.start = start.Unix()
	}
	if !end.IsZero() {
		s.end = end.Unix()
	}
	if s.end <= t {
		// Package time ends every year after 365 days (tzset in zoneinfo.go), and so
		// says on 31 December of a leap year that the zone has ended.
		s.end = time.Date(in.UTC().Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	}
	return s
}

// read returns the wall clock's reading at t as seconds on the civil line.
func (z *zone) read(t int64) int64 { return t + z.at(t).offset }

// dayOf returns the day number of the local date of t.
func (z *zone) dayOf(t time.Time) int64 { return floorDiv(z.read(t.Unix()), day) }

// reached returns the first instant at or after from at which the wall clock
// reads x or later, and whether x itself is read then and not jumped over.
func (z *zone) reached(from, x int64) (t int64, exact bool) {
	for t = from; ; {
		s := z.at(t)
		if first := x - s.offset; first < s.end {
			return max(t, first), first >= t
		}
		t = s.end
	}
}

// begins returns the first instant of a local date, given as a day number.
func (z *zone) begins(date int64) int64 {
	t, _ := z.reached(date*day-maxOffset, date*day)
	return t
}

// time returns the unix second t as a time of the zone, and the zero Time for
// never and -never.
func (z *zone) time(t int64) time.Time {
	if t == never || t == -never {
		return time.Time{}
	}
	return time.Unix(t, 0).In(z.loc)
}

// floorDiv returns a/b rounded towards minus infinity, for b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// weekday returns the weekday of a day number: 1970-01-01 was a Thursday.
func weekday(date int64) time.Weekday {
	return time.Weekday(((date+int64(time.Thursday))%7 + 7) % 7)
}
