package rules

import "time"

// A Window is a set of instants given by the wall clock of a zone (design: "The
// number", Window). The zero Window has From and To equal and so is every
// instant, as `{}` in counter.cue.
type Window struct {
	Weekdays Weekdays    // owning days; zero: every weekday
	Dates    []DateRange // owning days; nil: every date
	From     Clock       // inside
	To       Clock       // not inside; at or before From it runs past midnight (equal: 24 hours)
	Source   Position    // where counter.cue has it; zero when made by hand
}

// A Clock is a wall-clock reading in minutes since 00:00, 0 to 1440. From
// defaults to 0 and To to 1440 (24:00), which as an end is the same as 0.
type Clock int16

// Weekdays is a set of weekdays: bit time.Sunday (0) to bit time.Saturday (6).
type Weekdays uint8

// WeekdaySet returns the set of the given days.
func WeekdaySet(days ...time.Weekday) Weekdays {
	var set Weekdays
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// Has reports whether day is in the set. The empty set has every day.
func (w Weekdays) Has(day time.Weekday) bool { return w == 0 || w&(1<<day) != 0 }

// A DateRange is the dates from First to Last, both inclusive.
type DateRange struct {
	First Date
	Last  Date
}

// A Position is a place in counter.cue; Line and Column count from 1.
type Position struct {
	File   string
	Line   int
	Column int
}

// Never reports whether the window can match no instant of any zone: no date of
// its ranges is one of its weekdays, or every range ends before it begins.
func (w Window) Never() bool { return len(newCalendar([]Window{w}, nil).windows) == 0 }

// Empty reports whether the last date lies before the first.
func (r DateRange) Empty() bool { return r.Last.dayNumber() < r.First.dayNumber() }

// MatchWindows reports whether now is in one of the windows, by the wall clock of
// loc, a zone of the IANA database. It is false for an empty list: whether a
// missing list means always is the caller's to say.
func MatchWindows(ws []Window, loc *time.Location, now time.Time) bool {
	s := schedule{zone{loc: loc}, newCalendar(ws, nil)}
	return s.in(now.Unix())
}

// NextEdge returns the first instant after now at which [MatchWindows] changes,
// in loc; zero if it never does.
func NextEdge(ws []Window, loc *time.Location, now time.Time) time.Time {
	s := schedule{zone{loc: loc}, newCalendar(ws, nil)}
	return s.time(s.edge(now.Unix()))
}
