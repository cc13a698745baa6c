package rules

import "time"

// MaxAhead is how far a date may lie after a trusted clock before the record is
// unusable. It covers servers whose clocks are a little wrong.
const MaxAhead = 5 * time.Minute

// Ahead returns the deployment's latest date and whether it lies more than
// [MaxAhead] after now.
func (d *Deployment) Ahead(now time.Time) (time.Time, bool) {
	latest := d.Started
	for _, t := range [...]time.Time{d.Executed, d.Finished} {
		if t.After(latest) {
			latest = t
		}
	}
	return latest, latest.After(now.Add(MaxAhead))
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
	was.State = StateUnknown
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

// later reports whether any date lies after now. Nearly always their seconds say
// that none does.
func (d *Deployment) later(now time.Time) bool {
	if sec := now.Unix(); d.Started.Unix() < sec && d.Executed.Unix() < sec && d.Finished.Unix() < sec {
		return false
	}
	return d.Started.After(now) || d.Executed.After(now) || d.Finished.After(now)
}

// NextDate returns the earliest date of the facts after now, at which they say
// more as of that instant; zero if there is none.
func (f *Facts) NextDate(now time.Time) time.Time {
	var next time.Time
	look := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for i := range f.Deployments {
		d := &f.Deployments[i]
		look(d.Started)
		look(d.Executed)
		look(d.Finished)
	}
	for i := range f.Environments {
		look(f.Environments[i].CompleteFrom)
	}
	return next
}
