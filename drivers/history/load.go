package history

import (
	"context"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Sources returns the keys of all sources, in the order in which they were first saved.
func (s *Store) Sources(ctx context.Context) (keys []source.Key, err error) {
	err = s.view(ctx, "read", func(t *tx) { keys = t.sources() })
	return keys, err
}

func (t *tx) sources() (keys []source.Key) {
	var key source.Key
	for range t.rows("SELECT name, address FROM source ORDER BY source", nil, &key.Name, &key.Address) {
		keys = append(keys, key)
	}
	return keys
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
	err := s.view(ctx, "read", func(t *tx) { t.load(&known) })
	if err != nil {
		return source.Known{Key: key}, err
	}
	return known, nil
}

// load reads the source of a key, and its environments by id.
func (t *tx) load(k *source.Known) {
	var of, row int64
	t.one("SELECT source, first_read, good, failed, failure, selection FROM source WHERE name = ? AND address = ?",
		[]any{k.Name, k.Address}, &of, instant{&k.FirstRead}, instant{&k.Good}, instant{&k.Failed}, &k.Failure, &k.Selection)
	e := source.KnownEnvironment{Environment: rules.Environment{Source: k.Name, FirstRead: k.FirstRead}}
	for range t.rows(`SELECT environment, id, name, project_id, project, complete_from, exhausted, partial, read, gone, retired, first_seen
		FROM environment WHERE source = ? ORDER BY id`, []any{of},
		&row, &e.ID, text{&e.Name, "", t.shared}, &e.ProjectID, text{&e.Project, "", t.shared}, instant{&e.CompleteFrom}, &e.Exhausted, &e.Partial,
		instant{&e.Read}, &e.Gone, &e.Retired, instant{&e.FirstSeen}) {
		k.Environments = append(k.Environments, e)
		last := &k.Environments[len(k.Environments)-1]
		t.formerNames(row, last)
		t.unusable(row, last)
		t.runs(row, last)
	}
}

func (t *tx) formerNames(row int64, e *source.KnownEnvironment) {
	var of, name string
	for range t.rows("SELECT of, name FROM former_name WHERE environment = ? ORDER BY of, number", []any{row}, &of, &name) {
		if of == ofProject {
			e.FormerProjects = append(e.FormerProjects, name)
		} else {
			e.FormerNames = append(e.FormerNames, name)
		}
	}
}

func (t *tx) unusable(row int64, e *source.KnownEnvironment) {
	u := source.Unusable{EnvironmentID: e.ID}
	for range t.rows("SELECT id, field, value, hint FROM unusable WHERE environment = ? ORDER BY number", []any{row},
		&u.ID, &u.Field, &u.Value, &u.Hint) {
		e.Unusable = append(e.Unusable, u)
	}
}

// selectRuns reads the runs of an environment. What most of them have in common is NULL,
// which costs no memory.
const selectRuns = `SELECT id, started, executed, finished, nullif(state, 'SUCCESS'), nullif(life_cycle, 'FINISHED'), outcomes,
	seen_running, denied, version, url, nullif(environment_name, ?2), nullif(project_id, ?3), nullif(project, ?4)
	FROM run WHERE environment = ?1 ORDER BY id, start`

func (t *tx) runs(row int64, e *source.KnownEnvironment) {
	var n int64
	t.one("SELECT count(*) FROM run WHERE environment = ?", []any{row}, &n)
	if n == 0 {
		return
	}
	e.Deployments = make([]rules.Deployment, 0, n)
	d := rules.Deployment{Source: e.Source, EnvironmentID: e.ID}
	for range t.rows(selectRuns, []any{row, e.Name, e.ProjectID, e.Project},
		&d.ID, instant{&d.Started}, instant{&d.Executed}, instant{&d.Finished},
		text{(*string)(&d.State), string(rules.StateSuccess), t.shared}, text{(*string)(&d.LifeCycle), string(rules.LifeCycleFinished), t.shared},
		&d.Outcomes, instant{&d.SeenRunning}, &d.Denied, text{&d.Version, "", t.shared}, &d.URL,
		text{&d.Environment, e.Name, t.shared}, text{&d.ProjectID, e.ProjectID, t.shared}, text{&d.Project, e.Project, t.shared}) {
		if last := len(e.Deployments) - 1; last >= 0 && source.CompareRuns(e.Deployments[last], d) >= 0 {
			t.fail(fault(Damaged, "deployment %s is out of order", d.ID))
		}
		e.Deployments = append(e.Deployments, d)
	}
}
