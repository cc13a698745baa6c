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

// mergeID merges the records of one id with what is known of it. It returns further runs that
// follow.
func (m *merging) mergeID(e *source.KnownEnvironment, list []record, r *extent, adds bool) (extra []record) {
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
		is, there, more := m.run(known, said, &c, start)
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
		list, extra = list[n:], append(extra, more...)
	}
	if added && runs > 1 {
		m.note("runs", e, name, "id %s of %s has %d runs: all count", name, title(&e.Environment), runs)
	}
	return extra
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
// start and what was known, or nil. extra are further runs that follow, see [endAgain].
func (m *merging) run(known *rules.Deployment, list []record, c *claim, start time.Time) (is rules.Deployment, there bool, extra []record) {
	if known != nil && known.Ran() {
		is, there = *known, true
	}
	list = slices.DeleteFunc(list, func(r record) bool { return !r.Ran() })
	for _, r := range list {
		d := *r.Deployment
		if !d.Final() && m.oneList && r.order < c.last {
			m.end(&d) // only the last line of an id can be running
		}
		if !there {
			is, there = m.begin(d), true
			continue
		}
		var other *rules.Deployment
		if is, other = m.update(is, &d); other != nil {
			extra = append(extra, record{Deployment: other})
		}
	}
	switch {
	case there && !is.Final() && len(list) == 0 && (c.denied || c.latest.After(start)):
		m.end(&is)
	case !there && c.waits != nil && c.waits.Start().Equal(start):
		is, there = m.begin(*c.waits), true
	}
	return is, there, extra
}
