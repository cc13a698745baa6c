package facts

import (
	"cmp"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A claim is what all records of an id say together.
type claim struct {
	denied bool              // it has vanished, is queued, or was cancelled
	latest time.Time         // the latest start
	last   int               // the highest order of its records
	waits  *rules.Deployment // the record that waits, or was cancelled before it ran, or nil
}

// claim returns what the records of an id say. They are ordered by start.
func (m *merging) claim(list []record, adds bool) (c claim) {
	var waited *rules.Deployment
	happened, gone := false, false
	for _, r := range list {
		switch {
		case r.known && !r.Ran() && (r.Final() || !gone): // a vanished record has no start, so it came first
			waited = r.Deployment
		case r.known:
		case r.vanished:
			c.denied, gone = true, true
		case isPlanned(r.Deployment, m.now):
			c.denied = true
		case !r.Ran():
			c.denied, happened, c.waits = true, true, r.Deployment
		default:
			happened, c.latest = true, r.Start()
		}
		c.last = max(c.last, r.order)
	}
	switch {
	case adds:
		return claim{waits: waited}
	case !happened: // else the records say what waits now
		c.waits = waited
	}
	return c
}

// mergeID merges the records of one id with what is known of it.
func (m *merging) mergeID(e *source.KnownEnvironment, list []record, r *extent, adds bool) {
	slices.SortFunc(list, func(a, b record) int { return cmp.Or(a.Start().Compare(b.Start()), a.order-b.order) })
	c := m.claim(list, adds)
	name, runs, added := list[0].ID, 0, false
	for len(list) > 0 {
		start, n := list[0].Start(), 1
		for n < len(list) && list[n].Start().Equal(start) {
			n++
		}
		var known *rules.Deployment
		said := list[:n]
		if said[0].known {
			known, said = said[0].Deployment, said[1:]
			r.known = r.known || len(said) > 0 && !said[0].vanished
		}
		is, there := m.run(known, said, &c, start)
		switch {
		case known == nil && !there:
		case known == nil && m.room == 0:
			m.refused++
			there = false
		case known == nil:
			m.room--
			m.changes.Runs = append(m.changes.Runs, is)
		case !there:
			m.room++
			m.changes.Dropped = append(m.changes.Dropped, *known)
		case is != *known:
			m.changes.Runs = append(m.changes.Runs, is)
		}
		if there && is.Ran() {
			runs++
			added = added || known == nil || !known.Ran()
			m.noteOddities(e, known, &is)
		}
		list = list[n:]
	}
	if added && runs > 1 {
		m.note("runs", e, name, "id %s of %s has %d runs: all count", name, title(&e.Environment), runs)
	}
}

// isReversed reports whether a deployment ends before it starts; its interval swaps them.
func isReversed(d *rules.Deployment) bool {
	return !d.Finished.IsZero() && (d.Finished.Before(d.Executed) || d.Finished.Before(d.Started))
}

// noteOddities notes what is odd about a run and was not before.
func (m *merging) noteOddities(e *source.KnownEnvironment, was, is *rules.Deployment) {
	if isReversed(is) && (was == nil || !isReversed(was)) {
		m.note("reversed", e, is.ID, "deployment %s of %s ends before it starts: the dates are swapped", is.ID, title(&e.Environment))
	}
	if is.Denied && was != nil && !was.Denied {
		m.note("denied", e, is.ID, "deployment %s of %s was seen running, and its source does not say so any more: it counts, and its end is %s", is.ID, title(&e.Environment), stamp(is.Finished))
	}
}

// run returns the run of an id that begins at start, if there is one, by the records of that
// start and what was known, or nil.
func (m *merging) run(known *rules.Deployment, list []record, c *claim, start time.Time) (is rules.Deployment, there bool) {
	if known != nil && known.Ran() {
		is, there = *known, true
	}
	list = slices.DeleteFunc(list, func(r record) bool { return !r.Ran() })
	for _, r := range list {
		d := *r.Deployment
		if !d.Final() && m.oneList && r.order < c.last {
			m.end(&d) // only the last line of an id can be running
		}
		if there {
			m.update(&is, &d)
		} else {
			is, there = m.begin(d), true
		}
	}
	switch {
	case there && !is.Final() && len(list) == 0 && (c.denied || c.latest.After(start)):
		m.end(&is)
	case !there && c.waits != nil && c.waits.Start().Equal(start):
		is, there = m.begin(*c.waits), true
	}
	return is, there
}

// begin returns a new run, or what waits.
func (m *merging) begin(run rules.Deployment) rules.Deployment {
	run.Source = m.next.Name
	if run.Ran() && !run.Final() {
		run.SeenRunning = cmp.Or(run.SeenRunning, m.began)
	}
	return run
}

// update makes of a known run what becomes of it when a record says d of its start.
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
func (m *merging) update(run, d *rules.Deployment) {
	run.Version, run.URL = cmp.Or(run.Version, d.Version), cmp.Or(run.URL, d.URL)
	run.Environment, run.Project = cmp.Or(run.Environment, d.Environment), cmp.Or(run.Project, d.Project)
	running, denied := !run.Final(), run.Denied
	switch {
	case d.Denied:
		if running && !m.imports {
			m.end(run)
		}
		if run.Denied {
			run.Finished = maxTime(run.Finished, d.Finished)
		}
	case !d.Final() && (running || denied):
		accept(run, d)
		run.SeenRunning = maxTime(minTime(run.SeenRunning, m.now), cmp.Or(d.SeenRunning, m.began))
	case !d.Final():
	case running:
		seen := maxTime(run.Start(), minTime(run.SeenRunning, m.now))
		accept(run, d)
		if run.Finished.IsZero() {
			run.Finished = seen
		}
	case denied:
		end := run.Finished
		if accept(run, d); end.After(run.Start()) {
			run.Finished = end
			m.endAgain(run, d)
		}
	default:
		m.endAgain(run, d)
	}
}

// accept sets the dates and the state of a run to those of a record of the same start.
func accept(run, d *rules.Deployment) {
	run.Started, run.Executed, run.Finished = d.Started, cmp.Or(d.Executed, run.Executed), d.Finished
	run.State, run.LifeCycle, run.Denied = d.State, d.LifeCycle, false
	run.Outcomes |= d.Outcomes
}

// endAgain ends a run that ended where a record says that it ended otherwise: with the latest
// end, and every outcome that it ever had. Where one of two ends lies before the start, the
// time up to the start becomes a run of its own, so that both count.
func (m *merging) endAgain(run, d *rules.Deployment) {
	run.Outcomes |= d.Outcomes
	if o := d.Outcome(); o != run.Outcome() && !run.Outcomes.Has(o) {
		run.Outcomes = run.Outcomes.With(run.Outcome()).With(o)
		run.State, run.LifeCycle = d.State, d.LifeCycle
	}
	if d.Finished.IsZero() || d.Finished.Unix() == run.Finished.Unix() {
		return
	}
	start, other := run.Start(), run.Finished
	if d.Finished.Before(start) {
		other = d.Finished
	} else {
		run.Finished = maxTime(run.Finished, d.Finished)
	}
	if !other.IsZero() && other.Before(start) {
		second := *run
		second.Started, second.Executed, second.Finished = minTime(run.Started, other), other, start
		m.extra = append(m.extra, record{Deployment: &second})
	}
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
