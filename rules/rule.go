package rules

// A Rule says when nobody may deploy, to whom it applies, and how the time
// since the last breach is counted.
type Rule struct {
	Name         string
	Forbid       []Window    // forbidden is their union; at least one
	Projects     []Pattern   // by id or name; nil: all
	Environments []Pattern   // by id or name; nil: all
	Measure      Measure     // zero: MeasureExecuted
	Outcomes     []Outcome   // nil: every outcome that ran
	Count        Count       // zero: CountElapsed
	Since        Date        // breaches before its local midnight are ignored; zero: none are
	Except       []Exception // what the team agreed to excuse
	Source       Position
}

// Measure says where a deployment's interval begins.
type Measure string

// The measures.
const (
	MeasureExecuted  Measure = "executed"  // an agent began; the default
	MeasureTriggered Measure = "triggered" // a person or a build started it
)

// Count says when the number ticks (design: "The number", Streak).
type Count string

// The ways to count.
const (
	CountElapsed  Count = "elapsed"  // week k when the wall clock reads breach + 7k days; the default
	CountMidnight Count = "midnight" // whole weeks between the local dates
	CountSurvived Count = "survived" // forbidden windows that passed without a breach
)

// An Exception excuses deployments. All fields that are set hold together; nil
// fields do not matter. Dates, if set, takes its owning days out of the windows
// instead of excusing a deployment whole.
type Exception struct {
	ID          *Pattern
	Version     *Pattern
	Project     *Pattern // id or name
	Environment *Pattern // id or name
	Dates       []DateRange
	Reason      string
	Source      Position
}
