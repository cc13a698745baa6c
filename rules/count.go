package rules

import "time"

// reading is a wall clock's reading: whole seconds on the civil line, and the
// nanoseconds beyond them.
func (z *zone) reading(t time.Time) (sec int64, nsec int) {
	return z.read(t.Unix()), t.Nanosecond()
}

// elapsedDays returns how many whole days the wall clock has gone beyond what it
// read at start, at its furthest between start and now.
func (z *zone) elapsedDays(start, now time.Time) int64 {
	from, until := start.Unix(), now.Unix()
	if now.Before(start) {
		return 0
	}
	origin := z.read(from)
	seg := z.at(until)
	furthest := until + seg.offset - origin
	if now.Nanosecond() < start.Nanosecond() {
		furthest--
	}
	// A clock that was put back had read more before; earlier than this, no
	// reading can have been further than now's.
	for seg.start > from && until-seg.start < 2*maxOffset {
		put := seg.start
		seg = z.at(put - 1)
		furthest = max(furthest, put-1+seg.offset-origin)
	}
	return max(0, floorDiv(furthest, day))
}

// elapsedTick returns the first instant from which elapsedDays(start, …) is more
// than at now.
func (z *zone) elapsedTick(start, now time.Time) time.Time {
	sec, nsec := z.reading(start)
	x := sec + (z.elapsedDays(start, now)+1)*day
	t, exact := z.reached(max(start.Unix(), now.Unix()), x)
	if !exact {
		nsec = 0
	}
	return time.Unix(t, int64(nsec)).In(z.loc)
}

// midnights returns how many days the local date of now is after that of start.
// Where start is the end of a window, its date is that of the instant before.
func (z *zone) midnights(start, now time.Time, windowEnd bool) int64 {
	first := start.Unix()
	if windowEnd {
		first--
	}
	return max(0, floorDiv(z.read(now.Unix()), day)-floorDiv(z.read(first), day))
}

// weeksAndDays counts from start to now as the rule says. atEnd reports that the
// start is a window's end and not inside the window.
func (j *Judge) weeksAndDays(start, now time.Time, atEnd bool) (weeks, days int) {
	z := &j.forbidden.zone
	switch j.rule.Count {
	case CountMidnight:
		n := z.midnights(start, now, atEnd)
		return int(n / 7), int(n)
	case CountSurvived:
		return j.forbidden.survived(start.Unix(), now.Unix()), int(z.elapsedDays(start, now))
	}
	n := z.elapsedDays(start, now)
	return int(n / 7), int(n)
}
