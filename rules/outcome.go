package rules

import "time"

// Final reports whether the deployment has ended. A life cycle that is absent or
// unfamiliar is final once the deployment has a result or a finished date; one
// in progress is not, even with such a date.
func (d *Deployment) Final() bool {
	switch d.LifeCycle {
	case LifeCycleFinished, LifeCycleNotBuilt:
		return true
	case LifeCyclePending, LifeCycleQueued, LifeCycleInProgress:
		return false
	}
	return d.hasResult() || !d.Finished.IsZero()
}

// Ran reports whether the deployment touched its environment: an agent began, or
// it ended with a result. One without any date is unusable and never ran.
func (d *Deployment) Ran() bool {
	return !d.Executed.IsZero() ||
		d.hasResult() && d.Final() && (!d.Started.IsZero() || !d.Finished.IsZero())
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

// Interval returns the closed interval from which a deployment that ran touched
// its environment until it ended, and now as its end while it is not final.
// Without a finished date it ends where it was executed. The ends are in order;
// see [Deployment.Reversed]. It does not look whether dates lie after now: see
// [Deployment.AsOf]. For a deployment that did not run it is zero.
func (d *Deployment) Interval(m Measure, now time.Time) (start, end time.Time) {
	if !d.Ran() {
		return time.Time{}, time.Time{}
	}
	return d.interval(m, d.Final(), now)
}

// interval is Interval of a deployment that ran, given whether it is final.
func (d *Deployment) interval(m Measure, final bool, now time.Time) (start, end time.Time) {
	start = d.Executed
	if start.IsZero() {
		start = d.Started
	}
	if start.IsZero() {
		start = d.Finished
	}
	switch {
	case !final:
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

// Reversed reports whether the source gave a finished date before the start, so
// that [Deployment.Interval] swaps them.
func (d *Deployment) Reversed() bool {
	return !d.Finished.IsZero() && (d.Finished.Before(d.Executed) || d.Finished.Before(d.Started))
}

// hasResult reports whether the deployment succeeded or failed.
func (d *Deployment) hasResult() bool { return d.State == StateSuccess || d.State == StateFailed }
