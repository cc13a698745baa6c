package rules

import (
	"slices"
	"time"
)

// A Deployment is one release put into one environment: what Bamboo calls a
// deployment result. Times are instants, of any zone; the zero Time means that
// the source gave none.
//
// A source may give one id to several runs: ID and [Deployment.Start] together say
// which run it is.
type Deployment struct {
	ID            string // of the source, such as a deployment result id in decimal
	Source        string // name of the source in the policy
	ProjectID     string
	Project       string // name of the deployment project, as first seen
	EnvironmentID string
	Environment   string // name of the environment, as first seen
	Version       string // name of the release, as first seen
	URL           string // page for people, "" when the source has none

	Started  time.Time // a person or a build triggered it
	Executed time.Time // an agent began
	Finished time.Time

	State     State
	LifeCycle LifeCycle

	// Outcomes are those that it was said to have, beside the present one.
	Outcomes Outcomes
	// SeenRunning is when a poll last saw it running; zero: none did.
	SeenRunning time.Time
	// Denied says that it was seen running and then denied, or vanished: it has ended,
	// at Finished or else at its start, and counts whatever a rule's outcomes are.
	Denied bool
}

// Start returns what names a run beside its id: when it was executed, else started,
// else finished, to the second.
func (d *Deployment) Start() time.Time { return d.began().Truncate(time.Second) }

func (d *Deployment) began() time.Time {
	switch {
	case !d.Executed.IsZero():
		return d.Executed
	case !d.Started.IsZero():
		return d.Started
	}
	return d.Finished
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

// Outcomes is a set of outcomes.
type Outcomes uint8

// outcomeBits are the outcomes of a run that ended, each with its bit.
var outcomeBits = [...]Outcome{OutcomeSuccess, OutcomeFailed, OutcomeNotBuilt, OutcomeUnknown}

// FinalOutcomes returns the outcomes that a run which ended can have.
func FinalOutcomes() []Outcome { return slices.Clone(outcomeBits[:]) }

// With returns the set with one more; [OutcomeRunning] is never in it.
func (s Outcomes) With(o Outcome) Outcomes {
	if i := slices.Index(outcomeBits[:], o); i >= 0 {
		s |= 1 << i
	}
	return s
}

// Has reports whether an outcome is in the set.
func (s Outcomes) Has(o Outcome) bool { return s.With(o) == s && o != OutcomeRunning }

// Final reports whether the deployment has ended. A life cycle that is absent or
// unfamiliar is final once the deployment has a result or a finished date; one
// in progress is not, even with such a date. One that was denied has ended.
func (d *Deployment) Final() bool {
	if d.Denied {
		return true
	}
	switch d.LifeCycle {
	case LifeCycleFinished, LifeCycleNotBuilt:
		return true
	case LifeCyclePending, LifeCycleQueued, LifeCycleInProgress:
		return false
	}
	return d.hasResult() || !d.Finished.IsZero()
}

// Ran reports whether the deployment touched its environment: an agent began, or it
// succeeded or failed, now or as it was said before. One that was cancelled before
// an agent began never ran, whatever its state says, and nor did one without any date.
func (d *Deployment) Ran() bool {
	if !d.Executed.IsZero() {
		return true
	}
	if d.Started.IsZero() && d.Finished.IsZero() {
		return false
	}
	return d.hasResult() && d.Final() && d.LifeCycle != LifeCycleNotBuilt ||
		d.Outcomes.Has(OutcomeSuccess) || d.Outcomes.Has(OutcomeFailed)
}

// Outcome returns how the deployment ended, given that it ran. The life cycle
// decides before the state, because a cancelled deployment's state says nothing.
func (d *Deployment) Outcome() Outcome {
	switch {
	case !d.Final():
		return OutcomeRunning
	case d.LifeCycle == LifeCycleNotBuilt:
		return OutcomeNotBuilt
	case d.State == StateSuccess:
		return OutcomeSuccess
	case d.State == StateFailed:
		return OutcomeFailed
	}
	return OutcomeUnknown
}

// Interval returns the closed interval from which a deployment that ran touched its
// environment until it ended, and now as its end while it is not final; of one that
// did not run, that in which it waited. Without a finished date it ends where it was
// executed. The ends are in order. It takes dates after now
// as they are: see [Deployment.AsOf].
func (d *Deployment) Interval(m Measure, now time.Time) (start, end time.Time) {
	start = d.began()
	switch {
	case !d.Final():
		end = now
	case !d.Finished.IsZero():
		end = d.Finished
	default:
		end = start
	}
	if m == MeasureTriggered && !d.Started.IsZero() {
		start = d.Started
	}
	if end.Before(start) {
		start, end = end, start
	}
	return start, end
}

// hasResult reports whether the deployment succeeded or failed.
func (d *Deployment) hasResult() bool { return d.State == StateSuccess || d.State == StateFailed }

// latest returns the latest date of the deployment.
func (d *Deployment) latest() time.Time {
	return slices.MaxFunc([]time.Time{d.Started, d.Executed, d.Finished}, time.Time.Compare)
}

// AsOf returns the deployment as it was at now: later dates are absent, and if
// there were any, its state and life cycle are those of a deployment that has
// not ended. It reports false if all of its dates are later: it was not there.
func (d *Deployment) AsOf(now time.Time) (Deployment, bool) {
	was := *d
	if !d.later(now) {
		return was, true
	}
	for _, t := range [...]*time.Time{&was.Started, &was.Executed, &was.Finished} {
		if t.After(now) {
			*t = time.Time{}
		}
	}
	was.State, was.Outcomes, was.Denied = StateUnknown, 0, false
	switch {
	case !was.Executed.IsZero():
		was.LifeCycle = LifeCycleInProgress
	case !was.Started.IsZero():
		was.LifeCycle = LifeCycleQueued
	case !was.Finished.IsZero():
		was.LifeCycle = LifeCyclePending
	default:
		return Deployment{}, false
	}
	return was, true
}

// later reports whether any date lies after now.
func (d *Deployment) later(now time.Time) bool {
	return d.Started.After(now) || d.Executed.After(now) || d.Finished.After(now)
}

// NextDate returns the earliest date of the environments and their deployments after
// now, at which they say more as of that instant; zero if there is none.
func NextDate(environments []Environment, now time.Time) time.Time {
	var next time.Time
	look := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for i := range environments {
		e := &environments[i]
		look(e.CompleteFrom)
		for k := range e.Deployments {
			if d := &e.Deployments[k]; d.later(now) {
				look(d.Started)
				look(d.Executed)
				look(d.Finished)
			}
		}
	}
	return next
}
