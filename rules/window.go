package rules

import "time"

// A Window is a set of instants given by the wall clock of a zone. From and To are minutes
// since 00:00, 0 to 1440. The zero Window is always.
type Window struct {
	Weekdays []time.Weekday // owning days; nil: every weekday
	Dates    []DateRange    // owning days; nil: every date
	From     int            // inside
	To       int            // not inside; at or before From: past midnight (equal: 24 hours)
	Source   Position
}

// Never reports whether the window matches no instant in any zone.
func (w Window) Never() bool { return len(newCalendar([]Window{w}, nil).windows) == 0 }

// MatchWindows reports whether now is in one of the windows.
func MatchWindows(ws []Window, loc *time.Location, now time.Time) bool {
	s := schedule{zone{loc: loc}, newCalendar(ws, nil)}
	return s.in(now.Unix())
}

// NextEdge returns the first instant after now at which [MatchWindows] changes, or zero.
func NextEdge(ws []Window, loc *time.Location, now time.Time) time.Time {
	s := schedule{zone{loc: loc}, newCalendar(ws, nil)}
	return s.time(s.edge(now.Unix()))
}
