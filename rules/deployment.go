package rules

import "time"

// A Deployment is one release put into one environment: what Bamboo calls a
// deployment result. Times are instants, of any zone; the zero Time means that
// the source gave none.
type Deployment struct {
	ID            string // deployment result id, in decimal for Bamboo; unique within the source
	ProjectID     string
	Project       string // name of the deployment project
	EnvironmentID string
	Environment   string // name of the environment
	Version       string // name of the release
	URL           string // page for people, "" when the source has none

	Started  time.Time // a person or a build triggered it
	Executed time.Time // an agent began
	Finished time.Time

	State     State
	LifeCycle LifeCycle

	// Ref is the number under which a store keeps the deployment; 0 when none
	// does. Judging only carries it along: see [Ledger].
	Ref int64
}

// State is Bamboo's deploymentState, folded to upper case with underscores. A
// word that is not below is kept as it came, and means [StateUnknown].
type State string

// The deployment states (developer.atlassian.com, Bamboo REST, and recordings).
const (
	StateUnknown State = "UNKNOWN"
	StateSuccess State = "SUCCESS"
	StateFailed  State = "FAILED"
)

// LifeCycle is Bamboo's lifeCycleState, folded like [State]. A word that is not
// below is kept as it came.
type LifeCycle string

// The life cycle states (Bamboo javadoc, LifeCycleState).
const (
	LifeCyclePending    LifeCycle = "PENDING"
	LifeCycleQueued     LifeCycle = "QUEUED"
	LifeCycleInProgress LifeCycle = "IN_PROGRESS"
	LifeCycleFinished   LifeCycle = "FINISHED"
	LifeCycleNotBuilt   LifeCycle = "NOT_BUILT" // cancelled, or never ran
)

// An Outcome is how a deployment that ran ended.
type Outcome string

// The outcomes, in the words of counter.cue.
const (
	OutcomeRunning  Outcome = "running" // not final; counts always and cannot be left out
	OutcomeSuccess  Outcome = "success"
	OutcomeFailed   Outcome = "failed"
	OutcomeNotBuilt Outcome = "not_built" // cancelled after an agent began
	OutcomeUnknown  Outcome = "unknown"   // final, with a state that we do not know
)

// An Environment is one target of a source's deployments and how far back its
// results are known.
type Environment struct {
	ID        string
	Name      string
	ProjectID string
	Project   string

	// CompleteFrom is the instant from which every result is known. Zero
	// means not known at all, or, if Exhausted, an empty list.
	CompleteFrom time.Time
	// Exhausted reports that the source's list was read to its end, so that
	// CompleteFrom is the oldest result and not a horizon.
	Exhausted bool
}

// Facts is all that is known of a source, in any order.
type Facts struct {
	Environments []Environment
	Deployments  []Deployment
}
