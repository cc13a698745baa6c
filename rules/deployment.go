package rules

import (
	"slices"
	"time"
)

// A Deployment is one release put into one environment. Names are as first seen. ID and
// [Deployment.Start] together name a run.
type Deployment struct {
	ID                          string
	Source                      string // name of the source in the policy
	ProjectID, Project          string
	EnvironmentID, Environment  string
	Version                     string
	URL                         string    // page for people, or ""
	Started, Executed, Finished time.Time // triggered, begun by an agent, ended
	State                       State
	LifeCycle                   LifeCycle
	SeenRunning                 time.Time // when a poll last saw it running
	Outcomes                    Outcomes  // that it had before the present one
	Denied                      bool      // seen running, then denied or gone: it has ended, and counts whatever its outcome
}

// State is Bamboo's deploymentState. An unfamiliar word means [StateUnknown].
type State string

const (
	StateUnknown State = "UNKNOWN"
	StateSuccess State = "SUCCESS"
	StateFailed  State = "FAILED"
)

// LifeCycle is Bamboo's lifeCycleState, or an unfamiliar word.
type LifeCycle string

const (
	LifeCyclePending    LifeCycle = "PENDING"
	LifeCycleQueued     LifeCycle = "QUEUED"
	LifeCycleInProgress LifeCycle = "IN_PROGRESS"
	LifeCycleFinished   LifeCycle = "FINISHED"
	LifeCycleNotBuilt   LifeCycle = "NOT_BUILT" // cancelled, or never ran
)

// An Outcome is how a deployment that ran ended, in the words of counter.cue.
type Outcome string

const (
	OutcomeRunning  Outcome = "running" // not ended; always counts
	OutcomeSuccess  Outcome = "success"
	OutcomeFailed   Outcome = "failed"
	OutcomeNotBuilt Outcome = "not_built" // cancelled after an agent began
	OutcomeUnknown  Outcome = "unknown"   // ended with an unknown state
)

// Outcomes is a set of outcomes of runs that ended.
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

// Start returns Executed, else Started, else Finished, to the second.
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

// Final reports whether the deployment has ended.
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
	// It is absent or unfamiliar.
	return d.hasResult() || !d.Finished.IsZero()
}

// Ran reports whether an agent began, or it succeeded or failed at any time.
func (d *Deployment) Ran() bool {
	if !d.Executed.IsZero() {
		return true
	}
	if d.Started.IsZero() && d.Finished.IsZero() {
		return false
	}
	// Cancelled before an agent began, it never ran, whatever its state says.
	return d.hasResult() && d.Final() && d.LifeCycle != LifeCycleNotBuilt ||
		d.Outcomes.Has(OutcomeSuccess) || d.Outcomes.Has(OutcomeFailed)
}

// hasResult reports whether the deployment succeeded or failed.
func (d *Deployment) hasResult() bool { return d.State == StateSuccess || d.State == StateFailed }

// Outcome returns the outcome of a deployment that ran.
func (d *Deployment) Outcome() Outcome {
	switch {
	case !d.Final():
		return OutcomeRunning
	case d.LifeCycle == LifeCycleNotBuilt: // its state says nothing
		return OutcomeNotBuilt
	case d.State == StateSuccess:
		return OutcomeSuccess
	case d.State == StateFailed:
		return OutcomeFailed
	}
	return OutcomeUnknown
}

// Interval returns the closed interval in which it ran, or else waited. It ends now if it
// is not final, and at its start if no end is known.
func (d *Deployment) Interval(now time.Time) (start, end time.Time) { return d.interval(false, now) }

// interval is Interval, or with triggered that which begins at Started. It swaps reversed
// dates.
func (d *Deployment) interval(triggered bool, now time.Time) (start, end time.Time) {
	start = d.began()
	switch {
	case !d.Final():
		end = now
	case !d.Finished.IsZero():
		end = d.Finished
	default:
		end = start
	}
	if triggered && !d.Started.IsZero() {
		start = d.Started
	}
	if end.Before(start) {
		start, end = end, start
	}
	return start, end
}

// AsOf returns the deployment as of now; false if all of its dates are later.
func (d *Deployment) AsOf(now time.Time) (Deployment, bool) {
	was := *d
	if !d.hasLater(now) {
		return was, true
	}
	// It had not ended then, and its state and outcomes were unknown.
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

// hasLater reports whether any date lies after now.
func (d *Deployment) hasLater(now time.Time) bool {
	return d.Started.After(now) || d.Executed.After(now) || d.Finished.After(now)
}

// latest returns the latest date of the deployment.
func (d *Deployment) latest() time.Time {
	return slices.MaxFunc([]time.Time{d.Started, d.Executed, d.Finished}, time.Time.Compare)
}

// nextDate returns the earliest date of the facts after now; zero if there is none.
func nextDate(environments []Environment, now time.Time) time.Time {
	var next time.Time
	look := func(t time.Time) {
		if t.After(now) {
			next = soonest(next, t)
		}
	}
	for i := range environments {
		e := &environments[i]
		look(e.CompleteFrom)
		for k := range e.Deployments {
			d := &e.Deployments[k]
			look(d.Started)
			look(d.Executed)
			look(d.Finished)
		}
	}
	return next
}
