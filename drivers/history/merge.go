package history

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// An Answer is what one poll of a source brought.
type Answer struct {
	// Environments are those that were read whole, with their coverage. What
	// was known of others stays.
	Environments []rules.Environment
	// Interrupted are those whose first reading was cut off. CompleteFrom is
	// how far back it came: later results are all in Deployments or stored
	// before. Exhausted does not matter, nor does one that is in Environments
	// or was read whole before.
	Interrupted []rules.Environment
	// Deployments are new or may have changed. What was known of others
	// stays, except with Replace.
	Deployments []rules.Deployment
	// Replace makes this answer the whole truth about the source: deployments
	// that it lacks are forgotten, and so is how far back environments are known.
	Replace bool
	// Failure says why the poll was not whole; "": it was good.
	Failure string
}

// A Change is what an answer changed. Numbers are indexes into its deployments.
type Change struct {
	New       []int
	Changed   []int // known ones that had not ended before
	Rewritten []int // known ones that had ended, and which the source changed all the same
	Forgotten int   // deployments that Replace took away

	// Covered reports that an environment is new, or its coverage or a name
	// changed.
	Covered bool
	// Renamed and Recreated are said once, with the answer that shows them.
	Renamed   []Renamed
	Recreated []Recreated

	Written bool // whether anything was written, if only a mark
}

// Facts reports whether there is anything new to judge.
func (c *Change) Facts() bool {
	return len(c.New)+len(c.Changed)+len(c.Rewritten)+c.Forgotten > 0 || c.Covered
}

// A Renamed environment has another name, or a project of another name.
type Renamed struct {
	ID       string
	Was, Now rules.Environment
}

// A Recreated environment has the names of one that is known by another id.
type Recreated struct{ Was, Now rules.Environment }

// Merge takes in what a poll of a source brought, at once or not at all. at is
// when the poll began. A poll that brought nothing new writes nothing, but for
// its instant, at most hourly; see [Polls]. It reads what the answer names, not
// the rest of the history.
func (s *Store) Merge(ctx context.Context, source string, a Answer, at time.Time) (Change, error) {
	var m *merging
	var polls Polls
	if s.lock == nil {
		return Change{}, s.update(ctx, "write", nil)
	}
	s.write.Lock()
	defer s.write.Unlock()
	err := s.locked(ctx, "write", func(t *tx) (err error) {
		if m, err = newMerging(t, source, at); err != nil {
			return err
		}
		if later, ok := s.marks[source]; ok {
			m.from.polls = later
		}
		if a.Failure == "" {
			m.from.polls.Good = m.at
		} else {
			m.from.polls.Failed, m.from.polls.Failure = m.at, a.Failure
		}
		polls = m.from.polls
		return m.run(&a)
	})
	switch {
	case err != nil:
		return Change{}, err
	case m.change.Written:
		delete(s.marks, source)
	default:
		s.marks[source] = polls
	}
	return m.change, nil
}

// A merging is the taking in of one answer.
type merging struct {
	*tx
	from   sourceRow
	at     time.Time
	change Change
	places map[string]*environmentRow // by id, as far as they were met
	kinds  map[kindKey]int64
	kept   map[[2]any]struct{} // of Replace: what the answer has
}

// newMerging begins one, and adds the source if it is not there.
func newMerging(t *tx, source string, at time.Time) (*merging, error) {
	from, err := t.source(source)
	if err != nil {
		return nil, err
	}
	m := &merging{tx: t, from: from, at: at.Round(0).UTC(), places: map[string]*environmentRow{}, kinds: map[kindKey]int64{}}
	if from.row == 0 {
		m.change.Written = true
		err = m.addSource(&m.from)
	}
	return m, err
}

// run merges an answer.
func (m *merging) run(a *Answer) error {
	if a.Replace {
		m.kept = map[[2]any]struct{}{}
	}
	if err := m.environments(a); err != nil {
		return err
	}
	for i := range a.Deployments {
		if i%1024 == 0 && m.done() != nil {
			return m.done()
		}
		if err := m.deployment(i, &a.Deployments[i]); err != nil {
			return err
		}
	}
	if a.Replace {
		if err := m.forget(); err != nil {
			return err
		}
	}
	return m.finish(a)
}

// finish writes the marks, if there was anything else to write or they are due.
func (m *merging) finish(a *Answer) error {
	since := m.at.Sub(m.from.marked)
	if !m.change.Written && !m.change.Facts() && 0 <= since && since < markEvery {
		return nil
	}
	for _, e := range a.Environments {
		row := m.places[e.ID]
		row.LastSeen = m.at
		if err := m.putEnvironment(&m.from, row); err != nil {
			return err
		}
	}
	m.from.marked, m.change.Written = m.at, true
	return m.putSource(&m.from)
}

// deployment merges one deployment.
func (m *merging) deployment(i int, d *rules.Deployment) error {
	r, was, err := m.stored(d)
	if err != nil {
		return err
	}
	if m.kept != nil {
		m.kept[[2]any{r.environment, r.id}] = struct{}{}
	}
	switch {
	case was.row == 0:
		m.change.New = append(m.change.New, i)
	case was.same(&r):
		return nil
	case was.latest == running:
		m.change.Changed = append(m.change.Changed, i)
	default:
		m.change.Rewritten = append(m.change.Rewritten, i)
	}
	return m.put(&m.from, &r, &was)
}

// stored returns a deployment as it is to be stored, and as it was.
func (m *merging) stored(d *rules.Deployment) (r, was record, err error) {
	place, err := m.place(d)
	if err != nil {
		return r, was, err
	}
	key := newKind(place, d)
	kind, ok := m.kinds[key]
	if !ok {
		if kind, err = m.kind(key); err != nil {
			return r, was, err
		}
		m.kinds[key] = kind
	}
	r = record{
		source: m.from.row, environment: place, id: shortID(d.ID), kind: kind, latest: latest(d),
		started: stamp(d.Started), executed: stamp(d.Executed), finished: stamp(d.Finished),
		version: d.Version, url: d.URL, firstSeen: stamp(m.at), changed: stamp(m.at),
	}
	if was, err = m.record(place, r.id); err == nil && was.row != 0 {
		r.row, r.firstSeen = was.row, was.firstSeen
	}
	return r, was, err
}

// place returns the number of a deployment's environment, which it adds, without
// coverage, if the source did not list it.
func (m *merging) place(d *rules.Deployment) (int64, error) {
	if e := m.places[d.EnvironmentID]; e != nil && e.row != 0 {
		return e.row, nil
	}
	e, err := m.environment(m.from, d.EnvironmentID)
	if err != nil {
		return 0, err
	}
	if e.row == 0 {
		e.Environment.Environment = rules.Environment{
			ID: d.EnvironmentID, Name: d.Environment, ProjectID: d.ProjectID, Project: d.Project,
		}
		e.FirstSeen, e.LastSeen = m.at, m.at
		if err := m.putEnvironment(&m.from, &e); err != nil {
			return 0, err
		}
	}
	m.places[d.EnvironmentID] = &e
	return e.row, nil
}
