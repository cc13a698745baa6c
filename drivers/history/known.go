package history

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Known is what of a source need not be read again, as the engine's and Bamboo's
// Known want it. Each call reads a row or two. A call that goes wrong says that
// nothing is known, which costs the source a few pages; see [Known.Err].
type Known struct {
	ctx    context.Context
	store  *Store
	source string

	mu  sync.Mutex
	err error
}

// Known returns what is known of a source. ctx bounds all of its calls.
func (s *Store) Known(ctx context.Context, source string) *Known {
	return &Known{ctx: ctx, store: s, source: source}
}

// Complete returns how far back an environment's results are known, and whether
// its list was read to the end. ok is false when the list was never read whole;
// from is then how far back an interrupted reading came, zero if there was none.
func (k *Known) Complete(environmentID string) (from time.Time, exhausted, ok bool) {
	k.note(k.store.view(k.ctx, "read", func(t *tx) error {
		source, err := t.source(k.source)
		if err != nil || source.row == 0 {
			return err
		}
		e, err := t.environment(source, environmentID)
		if err == nil {
			from, exhausted, ok = e.CompleteFrom, e.Exhausted, e.known
		}
		return err
	}))
	return from, exhausted, ok
}

// Final reports whether a result is known and will not change.
func (k *Known) Final(environmentID, resultID string) (final bool) {
	k.note(k.ask(finalQuery, []any{k.source, environmentID, shortID(resultID)}, func(r *record) error {
		final = r.latest != running
		return nil
	}))
	return final
}

// Active lists the known results that had not ended.
func (k *Known) Active(environmentID string) (ids []string) {
	k.note(k.ask(activeQuery, []any{k.source, environmentID}, func(r *record) error {
		id, err := longID(r.id)
		ids = append(ids, id)
		return err
	}))
	return ids
}

// Err returns what went wrong in the calls so far, nil if nothing did.
func (k *Known) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *Known) note(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = errors.Join(k.err, err)
}

// A page of a poll asks for each of its results, so these are one statement each
// that stays prepared: 20 µs. CROSS JOIN fixes the order of the tables.
const (
	finalQuery = `SELECT ` + columnsOfD + ` FROM source s CROSS JOIN environment e ON e.source = s.source AND s.key = ?1 AND e.id = ?2
		CROSS JOIN deployment d ON d.environment = e.environment AND d.id = ?3`
	activeQuery = `SELECT ` + columnsOfD + ` FROM source s CROSS JOIN environment e ON e.source = s.source AND s.key = ?1 AND e.id = ?2
		CROSS JOIN deployment d INDEXED BY running ON d.environment = e.environment AND d.latest = 9223372036854775807 ORDER BY d.deployment`
)

// ask calls f with each record that a query returns.
func (k *Known) ask(query string, args []any, f func(*record) error) error {
	stmt, err := k.store.prepared(k.ctx, query)
	if err != nil {
		return k.store.fail("read", ended(k.ctx, err))
	}
	rows, err := stmt.QueryContext(k.ctx, args...)
	if err != nil {
		return k.store.fail("read", ended(k.ctx, err))
	}
	defer rows.Close()
	t := tx{store: k.store, op: "read"}
	var r record
	for rows.Next() {
		if err := rows.Scan(r.fields()...); err != nil {
			return t.damage("%w", err)
		}
		if err := errors.Join(t.verify(&r), f(&r)); err != nil {
			return err
		}
	}
	return k.store.fail("read", ended(k.ctx, rows.Err()))
}
