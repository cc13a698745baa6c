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
// its list was read to the end; ok is false when none are.
func (k *Known) Complete(environmentID string) (from time.Time, exhausted, ok bool) {
	k.look(environmentID, func(_ *tx, e *environmentRow) error {
		from, exhausted, ok = e.CompleteFrom, e.Exhausted, e.known
		return nil
	})
	return from, exhausted, ok
}

// Final reports whether a result is known and will not change.
func (k *Known) Final(environmentID, resultID string) (final bool) {
	k.look(environmentID, func(t *tx, e *environmentRow) error {
		r, err := t.record(e.row, shortID(resultID))
		final = err == nil && r.row != 0 && r.latest != running
		return err
	})
	return final
}

// Active lists the known results that had not ended.
func (k *Known) Active(environmentID string) (ids []string) {
	k.look(environmentID, func(t *tx, e *environmentRow) error {
		var stored any
		return t.each("SELECT id FROM deployment WHERE source = ? AND latest = ? AND environment = ? ORDER BY deployment",
			[]any{e.source, int64(running), e.row}, []any{&stored}, func() error {
				id, err := longID(stored)
				ids = append(ids, id)
				return err
			})
	})
	return ids
}

// Err returns what went wrong in the calls so far, nil if nothing did.
func (k *Known) Err() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// look calls f with an environment, if it is known.
func (k *Known) look(environmentID string, f func(*tx, *environmentRow) error) {
	err := k.store.view(k.ctx, "read", func(t *tx) error {
		from, err := t.source(k.source)
		if err != nil || from.row == 0 {
			return err
		}
		e, err := t.environment(from.row, environmentID)
		if err != nil || e.row == 0 {
			return err
		}
		return f(t, &e)
	})
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.err = errors.Join(k.err, err)
	}
}
