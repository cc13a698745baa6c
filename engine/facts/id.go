package facts

import (
	"cmp"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A claim is what an answer says of an id as a whole.
type claim struct {
	denied bool              // the source has it no more, or it is queued or was cancelled
	latest time.Time         // the latest start
	last   int               // the highest order of its records
	waits  *rules.Deployment // its record that waits, or was cancelled before it ran; nil: none
}

// claim returns what the records of an id say, which are ordered by start.
func (m *merging) claim(list []record, adds bool) (c claim) {
	var waited *rules.Deployment
	happened, gone := false, false
	for _, r := range list {
		switch {
		case r.known && !r.Ran() && (r.Final() || !gone): // a vanished record has no start, so it was met before
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
	case !happened: // else the source says what is so now
		c.waits = waited
	}
	return c
}

// id takes in the records of one id, and what is known of it. It returns the runs that
// follow beside.
func (m *merging) id(e *source.KnownEnvironment, list []record, r *reading, adds bool) (beside []record) {
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
			r.met = r.met || len(said) > 0 && !said[0].vanished
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
			m.tell(e, known, &is)
		}
		list, beside = list[n:], append(beside, more...)
	}
	if added && runs > 1 {
		m.note("runs", e, name, "id %s of %s has %d runs: all count", name, title(&e.Environment), runs)
	}
	return beside
}

// isReversed reports whether a source gave an end before the start; its interval swaps them.
func isReversed(d *rules.Deployment) bool {
	return !d.Finished.IsZero() && (d.Finished.Before(d.Executed) || d.Finished.Before(d.Started))
}

// tell tells what is odd about a run and was not before.
func (m *merging) tell(e *source.KnownEnvironment, was, is *rules.Deployment) {
	if isReversed(is) && (was == nil || !isReversed(was)) {
		m.note("reversed", e, is.ID, "deployment %s of %s ends before it starts: the dates are swapped", is.ID, title(&e.Environment))
	}
	if is.Denied && was != nil && !was.Denied {
		m.note("denied", e, is.ID, "deployment %s of %s was seen running, and its source does not say so any more: it counts, and its end is %s", is.ID, title(&e.Environment), stamp(is.Finished))
	}
}

// run returns the run of an id that begins at start, after the records of that start are
// taken in; there is false if there is none. beside are further runs that these records
// imply, see [again]. known is nil where nothing was known.
func (m *merging) run(known *rules.Deployment, list []record, c *claim, start time.Time) (is rules.Deployment, there bool, beside []record) {
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
		if is, other = m.become(is, &d); other != nil {
			beside = append(beside, record{Deployment: other})
		}
	}
	switch {
	case there && !is.Final() && len(list) == 0 && (c.denied || c.latest.After(start)):
		m.end(&is)
	case !there && c.waits != nil && c.waits.Start().Equal(start):
		is, there = m.begin(*c.waits), true
	}
	return is, there, beside
}
