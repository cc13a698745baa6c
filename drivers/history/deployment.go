package history

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A record is a deployment as it is stored.
type record struct {
	row         int64
	source      int64
	environment int64
	id          any
	kind        int64
	latest      int64
	started     any
	executed    any
	finished    any
	version     string
	url         string
	firstSeen   any
	changed     any
	seal        int64

	dated []byte // of one that was verified or put
}

// columns are a record's in that order; columnsOfD too, in a join.
const (
	columns    = `deployment, source, environment, id, kind, latest, started, executed, finished, version, url, first_seen, changed, seal`
	columnsOfD = `d.deployment, d.source, d.environment, d.id, d.kind, d.latest, d.started, d.executed, d.finished,
		d.version, d.url, d.first_seen, d.changed, d.seal`
)

// fields returns where to read the columns to.
func (r *record) fields() []any {
	return []any{&r.row, &r.source, &r.environment, &r.id, &r.kind, &r.latest, &r.started, &r.executed, &r.finished,
		&r.version, &r.url, &r.firstSeen, &r.changed, &r.seal}
}

// same reports whether two records hold the same deployment.
func (r *record) same(o *record) bool {
	return r.environment == o.environment && r.id == o.id && r.kind == o.kind && r.latest == o.latest &&
		r.started == o.started && r.executed == o.executed && r.finished == o.finished &&
		r.version == o.version && r.url == o.url
}

// fill sets what is a deployment's own; what its kind has is set.
func (r *record) fill(d *rules.Deployment) (err error) {
	for _, u := range [...]struct {
		to   *time.Time
		from any
	}{{&d.Started, r.started}, {&d.Executed, r.executed}, {&d.Finished, r.finished}} {
		if *u.to, err = instant(u.from); err != nil {
			return err
		}
	}
	d.ID, err = longID(r.id)
	d.Version, d.URL = r.version, r.url
	return err
}

// record returns the stored deployment, and verifies it; row 0: it is not there.
func (t *tx) record(environment int64, id any) (record, error) {
	var r record
	ok, err := t.one("SELECT "+columns+" FROM deployment WHERE environment = ? AND id = ?", []any{environment, id}, r.fields()...)
	if err != nil || !ok {
		return record{}, err
	}
	return r, t.verify(&r)
}

// verify compares a record that was read with its seal.
func (t *tx) verify(r *record) error {
	if r.dated = r.pack(&t.seal); r.seal != at(r.dated, datedSeal) {
		return t.damage("deployment %v is not what was written", r.id)
	}
	return nil
}

// put writes a record over the one that was read; row 0 adds it. It keeps the
// source's count and digest.
func (t *tx) put(from *sourceRow, r, was *record) (err error) {
	query := "UPDATE deployment SET (" + columns + ") = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE deployment = ?1"
	if r.row == 0 {
		query = "INSERT INTO deployment (" + columns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		// The seal is over the row's number, so that is chosen here.
		if from.next == 0 {
			if _, err := t.one("SELECT coalesce(max(deployment), 0) FROM deployment", nil, &from.next); err != nil {
				return err
			}
		}
		from.next++
		from.count++
		r.row = from.next
	} else {
		from.digest -= was.seal
		if err := t.removeDated(from.row, was.dated); err != nil {
			return err
		}
	}
	r.dated = r.pack(&t.seal)
	r.seal = at(r.dated, datedSeal)
	from.digest += r.seal
	if err := t.addDated(from.row, r.dated); err != nil {
		return err
	}
	_, err = t.exec(query, r.row, r.source, r.environment, r.id, r.kind, r.latest, r.started, r.executed, r.finished,
		r.version, r.url, r.firstSeen, r.changed, r.seal)
	return err
}

// Deployment returns one deployment; ok is false if it is not known.
func (s *Store) Deployment(ctx context.Context, source, environmentID, id string) (d rules.Deployment, ok bool, err error) {
	err = s.view(ctx, "read", func(t *tx) error {
		from, err := t.source(source)
		if err != nil || from.row == 0 {
			return err
		}
		e, err := t.environment(from, environmentID)
		if err != nil || e.row == 0 {
			return err
		}
		r, err := t.record(e.row, shortID(id))
		if err != nil || r.row == 0 {
			return err
		}
		kinds, err := t.kinds("k.kind = ?", r.kind)
		if err != nil {
			return err
		}
		if len(kinds) == 0 {
			return t.damage("kind %d of deployment %s is missing", r.kind, id)
		}
		d, ok = kinds[r.kind], true
		if err := r.fill(&d); err != nil {
			return t.damage("deployment %s: %w", id, err)
		}
		return nil
	})
	return d, ok && err == nil, err
}
