// Package rules decides how long a team has kept its rules: pure functions from
// environments with their deployments, rules, a zone and an instant to a streak. It
// reads no clock and does no I/O, so the same facts always give the same number.
//
// Begin with [Compile]. [Compiled.Breaches] finds what broke the rule, and
// [Compiled.Streak] what follows: the number. [Compiled.NextWindow] says when nobody
// may deploy, [Compiled.History] how well the rule was kept before,
// [Compiled.Explain] why the number is what it is, and [Compare] what another rule
// would make of it.
package rules

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// A Rule says when nobody may deploy, to whom it applies, and how the time
// since the last breach is counted.
type Rule struct {
	Name         string
	Forbid       []Window    // forbidden is their union; at least one
	Projects     []Pattern   // by id or any name that it had; nil: all
	Environments []Pattern   // by id or any name that it had; nil: all
	Measure      Measure     // zero: MeasureExecuted
	Outcomes     []Outcome   // nil: every outcome that ran
	Count        Count       // zero: CountElapsed
	Since        Date        // not in force before its local midnight, and breaches of a local date before are ignored; zero: none
	Except       []Exception // what the team agreed to excuse
	Source       Position
}

// Measure says where a deployment's interval begins.
type Measure string

const (
	MeasureExecuted  Measure = "executed"  // an agent began; the default
	MeasureTriggered Measure = "triggered" // a person or a build started it
)

// Count says when the number ticks.
type Count string

const (
	CountElapsed  Count = "elapsed"  // week k when the wall clock reads breach + 7k days; the default
	CountMidnight Count = "midnight" // whole weeks between the local dates
	CountSurvived Count = "survived" // forbidden windows that passed without a breach
)

// An Exception excuses deployments. All fields that are set hold together; nil
// fields do not matter. Names and version are those of the [Deployment], as first
// seen. Dates, if set, takes its owning days out of the windows instead of excusing a
// deployment whole.
type Exception struct {
	ID          *Pattern
	Version     *Pattern
	Project     *Pattern // id or name
	Environment *Pattern // id or name
	Dates       []DateRange
	Reason      string
	Source      Position
}

// A Window is a set of instants given by the wall clock of a zone. The zero Window has From and To equal and so is every
// instant, as `{}` in counter.cue.
type Window struct {
	Weekdays []time.Weekday // owning days; nil: every weekday
	Dates    []DateRange    // owning days; nil: every date
	From     int            // minutes since 00:00, 0 to 1440, inside
	To       int            // not inside; at or before From it runs past midnight (equal: 24 hours)
	Source   Position       // where counter.cue has it; zero when made by hand
}

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

// A Pattern matches a text exactly or, written as /regexp/, wherever the RE2
// expression finds a match. Case counts, unless the expression says (?i).
// The zero Pattern matches only the empty text.
type Pattern struct {
	text string
	re   *regexp.Regexp
}

// ParsePattern reads a text or a /regexp/. A leading slash begins a regexp, so one
// without the closing slash is refused, and so is an empty one. A name that begins
// with a slash is written /^[/]name$/.
func ParsePattern(s string) (Pattern, error) {
	expression, isRegexp := strings.CutPrefix(s, "/")
	if !isRegexp {
		return Pattern{text: s}, nil
	}
	expression, closed := strings.CutSuffix(expression, "/")
	switch {
	case expression == "":
		return Pattern{}, fmt.Errorf("pattern %s: an empty regexp matches everything: leave the pattern out, or want a text between two /", s)
	case !closed:
		return Pattern{}, fmt.Errorf("pattern %[1]s: a regexp has a / at both ends: want %[1]s/", s)
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return Pattern{}, fmt.Errorf("pattern %s: %w", s, err)
	}
	return Pattern{text: s, re: re}, nil
}

// Match reports whether name matches.
func (p Pattern) Match(name string) bool {
	if p.re != nil {
		return p.re.MatchString(name)
	}
	return p.text == name
}

// matchEither reports whether the id is given exactly, or the name matches.
func (p Pattern) matchEither(id, name string) bool {
	return p.re == nil && p.text == id || p.Match(name)
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// MarshalText writes the pattern as it was written.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads a pattern with [ParsePattern].
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}
