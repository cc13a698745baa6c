// Package rules decides how long a team has kept its rules. Its functions are pure: they
// take environments with their deployments, a rule, a zone and an instant, read no clock
// and do no I/O. The same facts always give the same number.
//
// Begin with [Compile], [Compiled.Breaches] and [Compiled.Streak].
package rules

import "time"

// A Rule says when nobody may deploy, to what it applies, and how weeks are counted.
type Rule struct {
	Name         string
	Forbid       []Window  // forbidden is their union; at least one
	Sources      []Pattern // by name; nil: all
	Projects     []Pattern // by id or any name that it had; nil: all
	Environments []Pattern // likewise
	Triggered    bool      // intervals begin at Started, not at Executed
	Outcomes     []Outcome // that count; nil: all
	Count        Count     // zero: CountElapsed
	Since        Date      // before its local midnight nothing is forbidden, and breaches do not count; zero: none
	Except       []Exception
	Position     Position
}

// Count says when the number ticks.
type Count string

const (
	CountElapsed  Count = "elapsed"  // when the wall clock reads the breach + 7k days
	CountMidnight Count = "midnight" // whole weeks between the local dates
	CountSurvived Count = "survived" // forbidden windows that passed without a breach
)

// An Exception excuses deployments that match all of its patterns; nil matches any. Dates
// limits it to windows of these owning days; without patterns it excuses all.
type Exception struct {
	ID, Version                  *Pattern
	Source, Project, Environment *Pattern // by name, the last two also by id
	Dates                        []DateRange
	Reason                       string
	Position                     Position
}

// A Position is a place in counter.cue. Line and Column count from 1.
type Position struct {
	File         string
	Line, Column int
}

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
