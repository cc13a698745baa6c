package history

import (
	"github.com/fridaycounter/fridaycounter/rules"
)

// A kindKey is what many deployments have in common: it is stored once. Names are
// those that the source gave with the deployment, which a renamed environment
// keeps.
type kindKey struct {
	environment int64
	name        string
	projectID   string
	project     string
	state       rules.State
	lifeCycle   rules.LifeCycle
}

func newKind(environment int64, d *rules.Deployment) kindKey {
	return kindKey{environment, d.Environment, d.ProjectID, d.Project, d.State, d.LifeCycle}
}

func (t *tx) sealKind(row int64, k *kindKey) int64 {
	s := &t.seal
	s.buf = s.buf[:0]
	s.int(row).int(k.environment).text(k.name).text(k.projectID).text(k.project).text(string(k.state)).text(string(k.lifeCycle))
	return s.sum()
}

// kind returns the number of a kind, which it adds if need be.
func (t *tx) kind(k kindKey) (row int64, err error) {
	args := []any{k.environment, k.name, k.projectID, k.project, string(k.state), string(k.lifeCycle)}
	ok, err := t.one(`SELECT kind FROM kind WHERE environment = ? AND environment_name = ? AND project_id = ? AND project = ?
		AND state = ? AND life_cycle = ?`, args, &row)
	if err != nil || ok {
		return row, err
	}
	if _, err := t.one("SELECT coalesce(max(kind), 0) + 1 FROM kind", nil, &row); err != nil {
		return 0, err
	}
	_, err = t.exec(`INSERT INTO kind (environment, environment_name, project_id, project, state, life_cycle, kind, seal)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, append(args, row, t.sealKind(row, &k))...)
	return row, err
}

// kinds returns the deployments of the kinds that a condition selects, without
// what is their own, by number. There are a few for each environment.
func (t *tx) kinds(where string, args ...any) (map[int64]rules.Deployment, error) {
	all := map[int64]rules.Deployment{}
	var row, seal int64
	var k kindKey
	var id string
	into := []any{&row, &k.environment, &id, &k.name, &k.projectID, &k.project, &k.state, &k.lifeCycle, &seal}
	err := t.each(`SELECT k.kind, k.environment, e.id, k.environment_name, k.project_id, k.project, k.state, k.life_cycle, k.seal
		FROM kind k JOIN environment e ON e.environment = k.environment WHERE `+where, args, into, func() error {
		if seal != t.sealKind(row, &k) {
			return t.damage("kind %d is not what was written", row)
		}
		all[row] = rules.Deployment{
			ProjectID: k.projectID, Project: k.project,
			EnvironmentID: id, Environment: k.name,
			State: k.state, LifeCycle: k.lifeCycle,
		}
		return nil
	})
	return all, err
}
