package history

import (
	"context"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Sources returns the keys of all sources, in the order in which they were first saved.
func (s *Store) Sources(ctx context.Context) ([]source.Key, error) {
	var keys []source.Key
	err := s.view(ctx, "read", func(t *tx) {
		var key source.Key
		for range t.rows("SELECT name, address FROM source ORDER BY source", nil, &key.Name, &key.Address) {
			keys = append(keys, key)
		}
	})
	return keys, err
}

// Load returns all that is known of a source: of one that was never saved, only its key.
// Instants are in UTC. Poll times that another process has not written yet are missing; see
// [Store.Save].
func (s *Store) Load(ctx context.Context, key source.Key) (source.Known, error) {
	s.write.Lock()
	unsaved, ok := s.unsaved[key]
	s.write.Unlock()
	if ok {
		return unsaved, nil // the file differs in poll times only
	}
	known := source.Known{Key: key}
	err := s.view(ctx, "read", func(t *tx) {
		l := loader{tx: t, known: &known, shared: map[string]string{}}
		l.source()
	})
	if err != nil {
		return source.Known{Key: key}, err
	}
	return known, nil
}

// A loader reads a source.
type loader struct {
	*tx
	known  *source.Known
	shared map[string]string // texts that many deployments have in common
}

func (l *loader) source() {
	k := l.known
	var row int64
	l.one("SELECT source, first_read, good, failed, failure, selection FROM source WHERE name = ? AND address = ?",
		[]any{k.Name, k.Address}, &row, instant{&k.FirstRead}, instant{&k.Good}, instant{&k.Failed}, &k.Failure, &k.Selection)
	for i, row := range l.environments(row) {
		e := &k.Environments[i]
		l.formerNames(row, e)
		l.unusable(row, e)
		l.runs(row, e)
	}
}

// environments reads those of a source, by id, and returns their rows.
func (l *loader) environments(of int64) (rows []int64) {
	var row int64
	e := source.KnownEnvironment{Environment: rules.Environment{Source: l.known.Name, FirstRead: l.known.FirstRead}}
	for range l.rows(`SELECT environment, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen
		FROM environment WHERE source = ? ORDER BY id`, []any{of},
		&row, &e.ID, text{&e.Name, "", l.shared}, &e.ProjectID, text{&e.Project, "", l.shared}, instant{&e.CompleteFrom}, &e.Exhausted, &e.Partial,
		instant{&e.Read}, &e.Gone, &e.Retired, instant{&e.FirstSeen}) {
		rows, l.known.Environments = append(rows, row), append(l.known.Environments, e)
	}
	return rows
}

func (l *loader) formerNames(row int64, e *source.KnownEnvironment) {
	var of, name string
	for range l.rows("SELECT of, name FROM former_name WHERE environment = ? ORDER BY of, number", []any{row}, &of, &name) {
		if of == ofProject {
			e.FormerProjects = append(e.FormerProjects, name)
		} else {
			e.FormerNames = append(e.FormerNames, name)
		}
	}
}

func (l *loader) unusable(row int64, e *source.KnownEnvironment) {
	u := source.Unusable{EnvironmentID: e.ID}
	for range l.rows("SELECT id, field, value, hint FROM unusable WHERE environment = ? ORDER BY number", []any{row},
		&u.ID, &u.Field, &u.Value, &u.Hint) {
		e.Unusable = append(e.Unusable, u)
	}
}

// selectRuns reads the runs of an environment. What most of them have in common is NULL,
// which costs no memory.
const selectRuns = `SELECT id, started, executed, finished, nullif(state, 'SUCCESS'), nullif(life_cycle, 'FINISHED'), outcomes,
	seen_running, denied, version, url, nullif(environment_name, ?2), nullif(project_id, ?3), nullif(project, ?4)
	FROM run WHERE environment = ?1 ORDER BY id, start`

func (l *loader) runs(row int64, e *source.KnownEnvironment) {
	var n int64
	l.one("SELECT count(*) FROM run WHERE environment = ?", []any{row}, &n)
	if n == 0 {
		return
	}
	e.Deployments = make([]rules.Deployment, 0, n)
	d := rules.Deployment{Source: l.known.Name, EnvironmentID: e.ID}
	for range l.rows(selectRuns, []any{row, e.Name, e.ProjectID, e.Project},
		&d.ID, instant{&d.Started}, instant{&d.Executed}, instant{&d.Finished},
		text{(*string)(&d.State), string(rules.StateSuccess), l.shared}, text{(*string)(&d.LifeCycle), string(rules.LifeCycleFinished), l.shared},
		&d.Outcomes, instant{&d.SeenRunning}, &d.Denied, text{&d.Version, "", l.shared}, &d.URL,
		text{&d.Environment, e.Name, l.shared}, text{&d.ProjectID, e.ProjectID, l.shared}, text{&d.Project, e.Project, l.shared}) {
		if last := len(e.Deployments) - 1; last >= 0 && source.CompareRuns(e.Deployments[last], d) >= 0 {
			l.fail(fault(Damaged, "deployment %s is out of order", d.ID))
		}
		e.Deployments = append(e.Deployments, d)
	}
}
