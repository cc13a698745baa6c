package rules

import "time"

// A Window is a set of instants by the wall clock. The zero Window is always.
type Window struct {
	Weekdays []time.Weekday // owning days; nil: every weekday
	Dates    []DateRange    // owning days; nil: every date
	From     int            // inside; in minutes since 00:00, 0 to 1440
	To       int            // not inside; at or before From: past midnight (equal: 24 hours)
	Position Position
}

// Never reports whether the window matches no instant in any zone.
func (w Window) Never() bool { return len(newCalendar([]Window{w}, nil).windows) == 0 }

// MatchWindows reports whether now is in a window, and until when, or zero.
func MatchWindows(ws []Window, loc *time.Location, now time.Time) (in bool, until time.Time) {
	s := schedule{zone{loc: loc}, newCalendar(ws, nil)}
	return s.in(now.Unix()), s.time(s.edge(now.Unix()))
}
