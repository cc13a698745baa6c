package history

import (
	"context"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Sources returns the keys of all sources, in the order in which they were first saved.
func (s *Store) Sources(ctx context.Context) ([]source.Key, error) {
	var keys []source.Key
	err := s.view(ctx, "read", func(t *tx) error {
		var key source.Key
		return t.each("SELECT name, address FROM source ORDER BY source", nil, []any{&key.Name, &key.Address}, func() error {
			keys = append(keys, key)
			return nil
		})
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
	err := s.view(ctx, "read", func(t *tx) error {
		l := loader{tx: t, known: &known, shared: map[string]string{}}
		return l.source()
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

func (l *loader) source() error {
	k := l.known
	var row int64
	ok, err := l.one("SELECT source, first_read, good, failed, failure, selection FROM source WHERE name = ? AND address = ?",
		[]any{k.Name, k.Address}, &row, instant{&k.FirstRead}, instant{&k.Good}, instant{&k.Failed}, &k.Failure, &k.Selection)
	if err != nil || !ok {
		return err
	}
	rows, err := l.environments(row)
	if err != nil {
		return err
	}
	for i, row := range rows {
		for _, read := range []func(int64, *source.KnownEnvironment) error{l.formerNames, l.unusable, l.runs} {
			if err := read(row, &k.Environments[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// environments reads those of a source, by id, and returns their rows.
func (l *loader) environments(of int64) (rows []int64, err error) {
	var row int64
	e := source.KnownEnvironment{Environment: rules.Environment{Source: l.known.Name, FirstRead: l.known.FirstRead}}
	into := []any{&row, &e.ID, text{&e.Name, "", l.shared}, &e.ProjectID, text{&e.Project, "", l.shared}, instant{&e.CompleteFrom}, &e.Exhausted, &e.Partial,
		instant{&e.Read}, &e.Gone, &e.Retired, instant{&e.FirstSeen}}
	err = l.each(`SELECT environment, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen
		FROM environment WHERE source = ? ORDER BY id`, []any{of}, into, func() error {
		rows, l.known.Environments = append(rows, row), append(l.known.Environments, e)
		return nil
	})
	return rows, err
}

func (l *loader) formerNames(row int64, e *source.KnownEnvironment) error {
	var of, name string
	return l.each("SELECT of, name FROM former_name WHERE environment = ? ORDER BY of, number", []any{row}, []any{&of, &name}, func() error {
		if of == ofProject {
			e.FormerProjects = append(e.FormerProjects, name)
		} else {
			e.FormerNames = append(e.FormerNames, name)
		}
		return nil
	})
}

func (l *loader) unusable(row int64, e *source.KnownEnvironment) error {
	u := source.Unusable{EnvironmentID: e.ID}
	return l.each("SELECT id, field, value, hint FROM unusable WHERE environment = ? ORDER BY number", []any{row},
		[]any{&u.ID, &u.Field, &u.Value, &u.Hint}, func() error {
			e.Unusable = append(e.Unusable, u)
			return nil
		})
}

// selectRuns reads the runs of an environment. What most of them have in common is NULL,
// which costs no memory.
const selectRuns = `SELECT id, started, executed, finished, nullif(state, 'SUCCESS'), nullif(life_cycle, 'FINISHED'), outcomes,
	seen_running, denied, version, url, nullif(environment_name, ?2), nullif(project_id, ?3), nullif(project, ?4)
	FROM run WHERE environment = ?1 ORDER BY id, start`

func (l *loader) runs(row int64, e *source.KnownEnvironment) error {
	var n int64
	if _, err := l.one("SELECT count(*) FROM run WHERE environment = ?", []any{row}, &n); err != nil || n == 0 {
		return err
	}
	e.Deployments = make([]rules.Deployment, 0, n)
	d := rules.Deployment{Source: l.known.Name, EnvironmentID: e.ID}
	into := []any{&d.ID, instant{&d.Started}, instant{&d.Executed}, instant{&d.Finished},
		text{(*string)(&d.State), string(rules.StateSuccess), l.shared}, text{(*string)(&d.LifeCycle), string(rules.LifeCycleFinished), l.shared},
		&d.Outcomes, instant{&d.SeenRunning}, &d.Denied, text{&d.Version, "", l.shared}, &d.URL,
		text{&d.Environment, e.Name, l.shared}, text{&d.ProjectID, e.ProjectID, l.shared}, text{&d.Project, e.Project, l.shared}}
	return l.each(selectRuns, []any{row, e.Name, e.ProjectID, e.Project}, into, func() error {
		if last := len(e.Deployments) - 1; last >= 0 && source.CompareRuns(e.Deployments[last], d) >= 0 {
			return fault(Damaged, "deployment %s is out of order", d.ID)
		}
		e.Deployments = append(e.Deployments, d)
		return nil
	})
}
