package history

import (
	"context"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// PollTimesEvery is how often poll times alone are written, which spares the card: 24 writes
// a day.
const PollTimesEvery = time.Hour

// Save writes what a merge changed, all or nothing; known is what it led to. When Save
// returns nil, the changes survive a power cut.
//
// With empty changes only the poll times differ: Good, Failed, Failure and the environments'
// Read. These are written at most once an hour, with other changes, and by Close, so that a
// steady poll writes nothing. The hour goes by Good and Failed, not by the machine's clock.
func (s *Store) Save(ctx context.Context, known *source.Known, c source.Changes) error {
	s.write.Lock()
	defer s.write.Unlock()
	if saved, ok := s.saved[known.Key]; ok && c.Empty() {
		if since := lastPoll(known).Sub(saved); 0 <= since && since < PollTimesEvery {
			s.unsaved[known.Key] = *known
			return nil
		}
	}
	return s.saveNow(ctx, known, &c)
}

// saveNow writes changes with the poll times. The caller holds the write lock.
func (s *Store) saveNow(ctx context.Context, known *source.Known, c *source.Changes) error {
	err := s.update(ctx, "write", func(t *tx) { t.save(known, c) })
	if err == nil {
		delete(s.unsaved, known.Key)
		s.saved[known.Key] = lastPoll(known)
	}
	return err
}

// lastPoll returns when the last poll of a source began.
func lastPoll(k *source.Known) time.Time {
	if k.Failed.After(k.Good) {
		return k.Failed
	}
	return k.Good
}

// save writes a source with its poll times, and what changed of the rest.
func (t *tx) save(known *source.Known, c *source.Changes) {
	var row int64
	t.one(`INSERT INTO source (name, address, first_read, good, failed, failure, selection) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET first_read = excluded.first_read, good = excluded.good, failed = excluded.failed,
		failure = excluded.failure, selection = excluded.selection RETURNING source`,
		[]any{known.Name, known.Address, stamp(known.FirstRead), stamp(known.Good), stamp(known.Failed), known.Failure, known.Selection}, &row)
	for _, id := range c.Environments {
		if e := known.Environment(id); e == nil {
			t.fail(fmt.Errorf("environment %s changed and is not known", id))
		} else {
			t.saveEnvironment(row, e)
		}
	}
	rows := map[string]int64{} // of the environments, by their ids
	var id string
	for range t.rows("SELECT id, environment FROM environment WHERE source = ?", []any{row}, &id, &row) {
		rows[id] = row
	}
	for i := range c.Dropped {
		d := &c.Dropped[i]
		t.exec("DELETE FROM run WHERE environment = ? AND id = ? AND start = ?", rows[d.EnvironmentID], d.ID, d.Start().Unix())
	}
	for i := range c.Runs {
		d := &c.Runs[i]
		if environment, ok := rows[d.EnvironmentID]; !ok {
			t.fail(fmt.Errorf("environment %s of deployment %s was never saved", d.EnvironmentID, d.ID))
		} else {
			t.saveRun(environment, d, lastPoll(known))
		}
	}
	for i := range known.Environments {
		e := &known.Environments[i]
		t.exec("UPDATE environment SET read = ?2 WHERE environment = ?1 AND read IS NOT ?2", rows[e.ID], stamp(e.Read))
	}
}

// saveEnvironment writes an environment but for its runs.
func (t *tx) saveEnvironment(source int64, e *source.KnownEnvironment) {
	var row int64
	t.one(`INSERT INTO environment (source, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
		name = excluded.name, project_id = excluded.project_id, project = excluded.project, complete_from = excluded.complete_from,
		exhausted = excluded.exhausted, partial = excluded.partial, read = excluded.read, gone = excluded.gone,
		retired = excluded.retired, first_seen = excluded.first_seen RETURNING environment`,
		[]any{source, e.ID, e.Name, e.ProjectID, e.Project, stamp(e.CompleteFrom), e.Exhausted, e.Partial,
			stamp(e.Read), e.Gone, e.Retired, stamp(e.FirstSeen)}, &row)
	t.exec("DELETE FROM former_name WHERE environment = ?", row)
	for of, names := range map[string][]string{ofEnvironment: e.FormerNames, ofProject: e.FormerProjects} {
		for i, name := range names {
			t.exec("INSERT INTO former_name (environment, of, number, name) VALUES (?, ?, ?, ?)", row, of, i+1, name)
		}
	}
	t.exec("DELETE FROM unusable WHERE environment = ?", row)
	for i, u := range e.Unusable {
		t.exec("INSERT INTO unusable (environment, number, id, field, value, hint) VALUES (?, ?, ?, ?, ?, ?)",
			row, i+1, u.ID, u.Field, u.Value, u.Hint)
	}
}

// What a former name is of.
const (
	ofEnvironment = "environment"
	ofProject     = "project"
)

// saveRun writes a run. One that is there keeps when it was first seen.
func (t *tx) saveRun(environment int64, d *rules.Deployment, firstSeen time.Time) {
	t.exec(`INSERT INTO run (environment, id, start, started, executed, finished, state, life_cycle, outcomes, seen_running, denied,
		version, url, environment_name, project_id, project, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET started = excluded.started, executed = excluded.executed, finished = excluded.finished,
		state = excluded.state, life_cycle = excluded.life_cycle, outcomes = excluded.outcomes, seen_running = excluded.seen_running,
		denied = excluded.denied, version = excluded.version, url = excluded.url, environment_name = excluded.environment_name,
		project_id = excluded.project_id, project = excluded.project`,
		environment, d.ID, d.Start().Unix(), stamp(d.Started), stamp(d.Executed), stamp(d.Finished), string(d.State), string(d.LifeCycle),
		int64(d.Outcomes), stamp(d.SeenRunning), d.Denied, d.Version, d.URL, d.Environment, d.ProjectID, d.Project, stamp(firstSeen))
}

// RenameSource says that a source is the same as before under another name, or at another
// address: all that is known of from is under to afterwards. It is an error if from is not
// known, or to is already.
func (s *Store) RenameSource(ctx context.Context, from, to source.Key) error {
	s.write.Lock()
	defer s.write.Unlock()
	if _, ok := s.saved[from]; !ok {
		return fmt.Errorf("history: no source %s at %q is known", from.Name, from.Address)
	}
	if _, ok := s.saved[to]; ok {
		return fmt.Errorf("history: source %s at %q is known already", to.Name, to.Address)
	}
	err := s.update(ctx, "write", func(t *tx) {
		t.exec("UPDATE source SET name = ?, address = ? WHERE name = ? AND address = ?", to.Name, to.Address, from.Name, from.Address)
	})
	if err != nil {
		return err
	}
	if k, ok := s.unsaved[from]; ok {
		k.Key = to
		s.unsaved[to] = k
	}
	s.saved[to] = s.saved[from]
	delete(s.unsaved, from)
	delete(s.saved, from)
	return nil
}
