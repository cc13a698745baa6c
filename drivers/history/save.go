package history

import (
	"context"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Save writes what a merge changed, all or nothing; known is what it led to. When Save
// returns nil, the changes survive a power cut.
//
// With empty changes only Good, Failed, Failure and the environments' Read differ. These
// are written at most once an hour, with other changes and by Close, so that a steady
// poll writes nothing. The hour goes by Good and Failed, not by the machine's clock.
func (s *Store) Save(ctx context.Context, known *source.Known, c source.Changes) error {
	s.write.Lock()
	defer s.write.Unlock()
	if written, ok := s.written[known.Key]; ok && c.Empty() {
		if since := marked(known).Sub(written); 0 <= since && since < markEvery {
			s.held[known.Key] = *known
			return nil
		}
	}
	err := s.update(ctx, "write", func(t *tx) error { return t.save(known, &c) })
	if err == nil {
		delete(s.held, known.Key)
		s.written[known.Key] = marked(known)
	}
	return err
}

// A saver writes a source.
type saver struct {
	*tx
	known  *source.Known
	source int64            // its row
	rows   map[string]int64 // of environments, by id
}

func (t *tx) save(known *source.Known, c *source.Changes) error {
	w := saver{tx: t, known: known, rows: map[string]int64{}}
	if err := w.putSource(); err != nil {
		return err
	}
	for _, id := range c.Environments {
		if err := w.putEnvironment(id); err != nil {
			return err
		}
	}
	for i := range c.Dropped {
		if err := w.drop(&c.Dropped[i]); err != nil {
			return err
		}
	}
	for i := range c.Runs {
		if err := w.putRun(&c.Runs[i]); err != nil {
			return err
		}
		if i%1024 == 0 && w.done() != nil {
			return w.done()
		}
	}
	return w.putMarks()
}

// putSource writes the source's row but for the marks.
func (w *saver) putSource() error {
	k := w.known
	_, err := w.one(`INSERT INTO source (name, address, first_read, failure, selection) VALUES (?, ?, ?, '', ?)
		ON CONFLICT DO UPDATE SET first_read = excluded.first_read, selection = excluded.selection RETURNING source`,
		[]any{k.Name, k.Address, stamp(k.FirstRead), k.Selection}, &w.source)
	return err
}

func (w *saver) putEnvironment(id string) error {
	e := w.known.Environment(id)
	if e == nil {
		return fmt.Errorf("environment %s changed and is not known", id)
	}
	var row int64
	_, err := w.one(`INSERT INTO environment (source, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
		name = excluded.name, project_id = excluded.project_id, project = excluded.project, complete_from = excluded.complete_from,
		exhausted = excluded.exhausted, partial = excluded.partial, read = excluded.read, gone = excluded.gone,
		retired = excluded.retired, first_seen = excluded.first_seen RETURNING environment`,
		[]any{w.source, e.ID, e.Name, e.ProjectID, e.Project, stamp(e.CompleteFrom), e.Exhausted, e.Partial,
			stamp(e.Read), e.Gone, e.Retired, stamp(e.FirstSeen)}, &row)
	if err != nil {
		return err
	}
	if err := w.putNames(row, e); err != nil {
		return err
	}
	if err := w.exec("DELETE FROM unusable WHERE environment = ?", row); err != nil {
		return err
	}
	for i, u := range e.Unusable {
		if err := w.exec("INSERT INTO unusable (environment, number, id, field, value, hint) VALUES (?, ?, ?, ?, ?, ?)",
			row, i+1, u.ID, u.Field, u.Value, u.Hint); err != nil {
			return err
		}
	}
	return nil
}

// What a former name is of.
const (
	ofEnvironment = "environment"
	ofProject     = "project"
)

func (w *saver) putNames(row int64, e *source.KnownEnvironment) error {
	if err := w.exec("DELETE FROM former_name WHERE environment = ?", row); err != nil {
		return err
	}
	for of, names := range map[string][]string{ofEnvironment: e.FormerNames, ofProject: e.FormerProjects} {
		for i, name := range names {
			if err := w.exec("INSERT INTO former_name (environment, of, number, name) VALUES (?, ?, ?, ?)", row, of, i+1, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// environmentRow returns the row of an environment of the source; 0: it is not there.
func (w *saver) environmentRow(id string) (int64, error) {
	if row := w.rows[id]; row != 0 {
		return row, nil
	}
	var row int64
	_, err := w.one("SELECT environment FROM environment WHERE source = ? AND id = ?", []any{w.source, id}, &row)
	w.rows[id] = row
	return row, err
}

// drop removes a run, if it is there.
func (w *saver) drop(d *rules.Deployment) error {
	row, err := w.environmentRow(d.EnvironmentID)
	if err != nil {
		return err
	}
	return w.exec("DELETE FROM run WHERE environment = ? AND id = ? AND start = ?", row, d.ID, d.Start().Unix())
}

// putRun writes a run, and keeps when it was first seen.
func (w *saver) putRun(d *rules.Deployment) error {
	row, err := w.environmentRow(d.EnvironmentID)
	if err != nil {
		return err
	}
	if row == 0 {
		return fmt.Errorf("environment %s of deployment %s was never saved", d.EnvironmentID, d.ID)
	}
	return w.exec(`INSERT INTO run (environment, id, start, started, executed, finished, state, life_cycle, outcomes, seen_running, denied,
		version, url, environment_name, project_id, project, first_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET started = excluded.started, executed = excluded.executed, finished = excluded.finished,
		state = excluded.state, life_cycle = excluded.life_cycle, outcomes = excluded.outcomes, seen_running = excluded.seen_running,
		denied = excluded.denied, version = excluded.version, url = excluded.url, environment_name = excluded.environment_name,
		project_id = excluded.project_id, project = excluded.project`,
		row, d.ID, d.Start().Unix(), stamp(d.Started), stamp(d.Executed), stamp(d.Finished), string(d.State), string(d.LifeCycle),
		int64(d.Outcomes), stamp(d.SeenRunning), d.Denied, d.Version, d.URL, d.Environment, d.ProjectID, d.Project,
		stamp(marked(w.known)))
}

// markEvery is how often marks alone are written, which spares the card: 24 writes a day.
// Marks are what every poll changes: Good, Failed, Failure and the environments' Read.
const markEvery = time.Hour

// marked returns when the poll began that made the marks.
func marked(k *source.Known) time.Time {
	if k.Failed.After(k.Good) {
		return k.Failed
	}
	return k.Good
}

// begin verifies the tables, and takes in when the marks in the file were made. It is
// called once, before others know the store.
func (t *tx) begin() error {
	if err := t.verify(); err != nil {
		return err
	}
	var k source.Known
	into := []any{&k.Name, &k.Address, instant{&k.Good}, instant{&k.Failed}}
	return t.each("SELECT name, address, good, failed FROM source", nil, into, func() error {
		t.store.written[k.Key] = marked(&k)
		return nil
	})
}

func (w *saver) putMarks() error {
	k := w.known
	if err := w.exec("UPDATE source SET good = ?, failed = ?, failure = ? WHERE source = ?",
		stamp(k.Good), stamp(k.Failed), k.Failure, w.source); err != nil {
		return err
	}
	for i := range k.Environments {
		e := &k.Environments[i]
		if err := w.exec("UPDATE environment SET read = ?3 WHERE source = ?1 AND id = ?2 AND read IS NOT ?3", w.source, e.ID, stamp(e.Read)); err != nil {
			return err
		}
	}
	return nil
}

// flush writes the marks that were held back.
func (s *Store) flush(ctx context.Context) error {
	s.write.Lock()
	defer s.write.Unlock()
	if len(s.held) == 0 {
		return nil
	}
	err := s.update(ctx, "write", func(t *tx) error {
		for _, known := range s.held {
			if err := t.save(&known, &source.Changes{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		clear(s.held)
	}
	return err
}

// RenameSource says that a source is the same as before under another name, or at
// another address: all that is known of from is under to afterwards. It is an error if
// from is not known, or to is already.
func (s *Store) RenameSource(ctx context.Context, from, to source.Key) error {
	s.write.Lock()
	defer s.write.Unlock()
	if _, ok := s.written[from]; !ok {
		return fmt.Errorf("history: no source %s at %q is known", from.Name, from.Address)
	}
	if _, ok := s.written[to]; ok {
		return fmt.Errorf("history: source %s at %q is known already", to.Name, to.Address)
	}
	err := s.update(ctx, "write", func(t *tx) error {
		return t.exec("UPDATE source SET name = ?, address = ? WHERE name = ? AND address = ?", to.Name, to.Address, from.Name, from.Address)
	})
	if err != nil {
		return err
	}
	if k, ok := s.held[from]; ok {
		k.Key = to
		s.held[to] = k
	}
	s.written[to] = s.written[from]
	delete(s.held, from)
	delete(s.written, from)
	return nil
}
