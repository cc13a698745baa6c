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
	known := source.Known{Key: key}
	err := s.view(ctx, "read", func(t *tx) error {
		l := loader{tx: t, known: &known, shared: map[string]string{}, index: map[int64]int{}}
		return l.source()
	})
	if err != nil {
		return source.Known{Key: key}, err
	}
	s.write.Lock()
	defer s.write.Unlock()
	if unsaved, ok := s.unsaved[key]; ok {
		known.Good, known.Failed, known.Failure = unsaved.Good, unsaved.Failed, unsaved.Failure
		for i := range known.Environments {
			if e := unsaved.Environment(known.Environments[i].ID); e != nil {
				known.Environments[i].Read = e.Read
			}
		}
	}
	return known, nil
}

// A loader reads a source.
type loader struct {
	*tx
	known  *source.Known
	shared map[string]string // texts that many deployments have in common
	index  map[int64]int     // of an environment, by its row
}

func (l *loader) source() error {
	k := l.known
	var row int64
	ok, err := l.one("SELECT source, first_read, good, failed, failure, selection FROM source WHERE name = ? AND address = ?",
		[]any{k.Name, k.Address}, &row, instant{&k.FirstRead}, instant{&k.Good}, instant{&k.Failed}, &k.Failure, &k.Selection)
	if err != nil || !ok {
		return err
	}
	for _, read := range []func(int64) error{l.environments, l.formerNames, l.unusable} {
		if err := read(row); err != nil {
			return err
		}
	}
	for row, i := range l.index {
		if err := l.runs(row, &k.Environments[i]); err != nil {
			return err
		}
	}
	return nil
}

// environments reads those of a source, by id.
func (l *loader) environments(of int64) error {
	var row int64
	e := source.KnownEnvironment{Environment: rules.Environment{Source: l.known.Name, FirstRead: l.known.FirstRead}}
	into := []any{&row, &e.ID, text{&e.Name, "", l.shared}, &e.ProjectID, text{&e.Project, "", l.shared}, instant{&e.CompleteFrom}, &e.Exhausted, &e.Partial,
		instant{&e.Read}, &e.Gone, &e.Retired, instant{&e.FirstSeen}}
	return l.each(`SELECT environment, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen
		FROM environment WHERE source = ? ORDER BY id`, []any{of}, into, func() error {
		l.index[row] = len(l.known.Environments)
		l.known.Environments = append(l.known.Environments, e)
		return nil
	})
}

// environment returns one that was read. An index that is damaged may lack it.
func (l *loader) environment(row int64) (*source.KnownEnvironment, error) {
	i, ok := l.index[row]
	if !ok {
		return nil, l.fault(Damaged, "environment %d is missing in an index", row)
	}
	return &l.known.Environments[i], nil
}

func (l *loader) formerNames(source int64) error {
	var row int64
	var of, name string
	return l.each(`SELECT f.environment, f.of, f.name FROM environment e JOIN former_name f ON f.environment = e.environment
		WHERE e.source = ? ORDER BY f.environment, f.of, f.number`, []any{source}, []any{&row, &of, &name}, func() error {
		e, err := l.environment(row)
		switch {
		case err != nil:
			return err
		case of == ofProject:
			e.FormerProjects = append(e.FormerProjects, name)
		default:
			e.FormerNames = append(e.FormerNames, name)
		}
		return nil
	})
}

func (l *loader) unusable(of int64) error {
	var row int64
	var u source.Unusable
	return l.each(`SELECT u.environment, e.id, u.id, u.field, u.value, u.hint FROM environment e JOIN unusable u ON u.environment = e.environment
		WHERE e.source = ? ORDER BY u.environment, u.number`,
		[]any{of}, []any{&row, &u.EnvironmentID, &u.ID, &u.Field, &u.Value, &u.Hint}, func() error {
			e, err := l.environment(row)
			if err == nil {
				e.Unusable = append(e.Unusable, u)
			}
			return err
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
			return l.fault(Damaged, "deployment %s is out of order", d.ID)
		}
		e.Deployments = append(e.Deployments, d)
		return nil
	})
}
