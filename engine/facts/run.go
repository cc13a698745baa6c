package facts

import (
	"cmp"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// begin returns a new run, or what waits.
func (m *merging) begin(run rules.Deployment) rules.Deployment {
	run.Source = m.next.Name
	if run.Ran() && !run.Final() {
		run.SeenRunning = cmp.Or(run.SeenRunning, m.began)
	}
	return run
}

// update returns what becomes of a known run when a record says d of its start. extra
// is a second run that follows, see [endAgain]; nil: none does.
//
//	known      the record says   what becomes of it
//	running    running           believed, and seen running now
//	running    ended             believed; without an end, it ended when last seen running
//	running    denied            it ended when last seen running
//	denied     denied            the later end
//	denied     running           believed: it is running again
//	denied     ended             believed, to the later end
//	ended      ended             every outcome, and the latest end
//	otherwise                    nothing
//
// Texts stay as they were first seen; what was empty is filled.
func (m *merging) update(run rules.Deployment, d *rules.Deployment) (is rules.Deployment, extra *rules.Deployment) {
	run.Version, run.URL = cmp.Or(run.Version, d.Version), cmp.Or(run.URL, d.URL)
	run.Environment, run.Project = cmp.Or(run.Environment, d.Environment), cmp.Or(run.Project, d.Project)
	running, denied := !run.Final(), run.Denied
	switch {
	case d.Denied:
		if running && !m.imports {
			m.end(&run)
		}
		if run.Denied {
			run.Finished = maxTime(run.Finished, d.Finished)
		}
	case !d.Final() && (running || denied):
		accept(&run, d)
		run.SeenRunning = maxTime(minTime(run.SeenRunning, m.now), cmp.Or(d.SeenRunning, m.began))
	case !d.Final():
	case running:
		seen := maxTime(run.Start(), minTime(run.SeenRunning, m.now))
		accept(&run, d)
		if run.Finished.IsZero() {
			run.Finished = seen
		}
	case denied:
		end := run.Finished
		if accept(&run, d); end.After(run.Start()) {
			run.Finished = end
			return endAgain(run, d)
		}
	default:
		return endAgain(run, d)
	}
	return run, nil
}

// accept sets the dates and the state of a run to those of a record of the same start.
func accept(run, d *rules.Deployment) {
	run.Started, run.Executed, run.Finished = d.Started, cmp.Or(d.Executed, run.Executed), d.Finished
	run.State, run.LifeCycle, run.Denied = d.State, d.LifeCycle, false
	run.Outcomes |= d.Outcomes
}

// endAgain returns a run that ended after a record that it ended otherwise: with the latest
// end, and every outcome that it ever had. Where one of two ends lies before the start, the
// time up to the start becomes a run of its own, so that both count.
func endAgain(run rules.Deployment, d *rules.Deployment) (is rules.Deployment, extra *rules.Deployment) {
	run.Outcomes |= d.Outcomes
	if o := d.Outcome(); o != run.Outcome() && !run.Outcomes.Has(o) {
		run.Outcomes = run.Outcomes.With(run.Outcome()).With(o)
		run.State, run.LifeCycle = d.State, d.LifeCycle
	}
	if d.Finished.IsZero() || d.Finished.Unix() == run.Finished.Unix() {
		return run, nil
	}
	start, other := run.Start(), run.Finished
	if d.Finished.Before(start) {
		other = d.Finished
	} else {
		run.Finished = maxTime(run.Finished, d.Finished)
	}
	if !other.IsZero() && other.Before(start) {
		second := run
		second.Started, second.Executed, second.Finished = minTime(run.Started, other), other, start
		extra = &second
	}
	return run, extra
}

// end ends a run that was denied: when it was last seen running, else at its start.
func (m *merging) end(run *rules.Deployment) {
	run.Finished = maxTime(run.Start(), minTime(run.SeenRunning, m.now))
	run.State, run.LifeCycle, run.Denied = rules.StateUnknown, rules.LifeCycleFinished, true
}

// minTime returns the earlier of two instants.
func minTime(a, b time.Time) time.Time { return slices.MinFunc([]time.Time{a, b}, time.Time.Compare) }

// maxTime returns the later of two instants.
func maxTime(a, b time.Time) time.Time { return slices.MaxFunc([]time.Time{a, b}, time.Time.Compare) }

// stamp writes an instant for people in any zone.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
