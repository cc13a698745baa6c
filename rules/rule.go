// Package rules decides how long a team has kept its rules. Its functions are pure: they
// take environments with their deployments, a rule, a zone and an instant, read no clock
// and do no I/O. The same facts always give the same number.
//
// Begin with [Compile]. [Compiled.Breaches] finds what broke a rule, and
// [Compiled.Streak] the number that follows. [Compiled.Explain] says why.
package rules

// A Rule says when nobody may deploy, to what it applies, and how weeks are counted.
type Rule struct {
	Name         string
	Forbid       []Window  // forbidden is their union; at least one
	Projects     []Pattern // by id or any name that it had; nil: all
	Environments []Pattern // likewise
	Measure      Measure   // zero: MeasureExecuted
	Outcomes     []Outcome // that count; nil: all
	Count        Count     // zero: CountElapsed
	Since        Date      // in force from its local midnight, and breaches before do not count; zero: always
	Except       []Exception
	Source       Position
}

// Measure says where a deployment's interval begins.
type Measure string

const (
	MeasureExecuted  Measure = "executed"  // an agent began
	MeasureTriggered Measure = "triggered" // a person or a build started it
)

// Count says when the number ticks.
type Count string

const (
	CountElapsed  Count = "elapsed"  // when the wall clock reads the breach + 7k days
	CountMidnight Count = "midnight" // whole weeks between the local dates
	CountSurvived Count = "survived" // forbidden windows that passed without a breach
)

// An Exception excuses deployments that match all of its patterns; a nil one matches any.
// With Dates, only the windows of these owning days are free for them, and without a
// pattern for everybody.
type Exception struct {
	ID, Version          *Pattern
	Project, Environment *Pattern // by id or name
	Dates                []DateRange
	Reason               string
	Source               Position
}

// A Position is a place in counter.cue. Line and Column count from 1.
type Position struct {
	File         string
	Line, Column int
}
