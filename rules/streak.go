package rules

import "time"

// A Breach is a deployment that broke a rule.
type Breach struct {
	Deployment Deployment
	// At is the latest instant of the overlap of the deployment's interval
	// with a forbidden window; where the window ends first, the window's end.
	At time.Time
	// Running reports that the deployment had not ended as of the judgement.
	Running bool
}

// A Streak is how long one rule has been kept as of an instant.
type Streak struct {
	Rule    string
	Known   bool // false: nothing is known, Weeks and Days are 0
	AtLeast bool // the facts do not reach further back; the truth may be more
	Since   time.Time
	Weeks   int
	Days    int     // a total, not a remainder
	Breach  *Breach // the breach that decides; nil when none does

	// Missing are the environments in scope that are not known completely
	// as of the instant; they make a streak unknown.
	Missing []Environment
	// NoScope reports that no environment of the source is in the rule's scope.
	NoScope bool
}

// A Span is a stretch of time in which deploying is forbidden: Start is inside,
// End is not. A zero Start or End means that there is none.
type Span struct {
	Start time.Time
	End   time.Time
	Rule  string
}
