package history

import (
	"bytes"
	"context"
	"time"
)

// LastGood is the last counter.cue that was accepted.
type LastGood struct {
	Path    string    // the caller's name of the file, an absolute path
	File    []byte    // as it was saved
	Hash    string    // of the file, as the caller computes it
	Config  []byte    // what it evaluated to, as the caller encodes it
	Program string    // version of the program that evaluated it
	Saved   time.Time // when SaveLastGood was given it
}

// SaveLastGood replaces the last good file at once or not at all. The same one
// again writes nothing.
func (s *Store) SaveLastGood(ctx context.Context, g LastGood) error {
	return s.update(ctx, "write", func(t *tx) error {
		was, ok, err := t.lastGood()
		if err != nil {
			return err
		}
		if ok && was.same(&g) {
			return nil
		}
		seal := t.sealLastGood(&g)
		if _, err = t.exec(`INSERT OR REPLACE INTO last_good (last_good, path, file, hash, config, program, saved, seal) VALUES (1, ?, ?, ?, ?, ?, ?, ?)`,
			g.Path, blob(g.File), g.Hash, blob(g.Config), g.Program, stamp(g.Saved), seal); err != nil {
			return err
		}
		return t.changeLedger(func(l *ledger) { l.lastGood = seal })
	})
}

// LastGood returns the last good file; ok is false if there is none.
func (s *Store) LastGood(ctx context.Context) (g LastGood, ok bool, err error) {
	err = s.view(ctx, "read", func(t *tx) error {
		g, ok, err = t.lastGood()
		return err
	})
	if err != nil {
		return LastGood{}, false, err
	}
	return g, ok, nil
}

// same reports whether two are the same file, whenever they were saved.
func (g *LastGood) same(o *LastGood) bool {
	return g.Path == o.Path && bytes.Equal(g.File, o.File) && g.Hash == o.Hash && bytes.Equal(g.Config, o.Config) && g.Program == o.Program
}

func (t *tx) lastGood() (g LastGood, ok bool, err error) {
	l, err := t.ledger()
	if err != nil {
		return g, false, err
	}
	seal := int64(none)
	var saved any
	ok, err = t.one("SELECT path, file, hash, config, program, saved, seal FROM last_good", nil,
		&g.Path, &g.File, &g.Hash, &g.Config, &g.Program, &saved, &seal)
	if err != nil || !ok && l.lastGood == none {
		return g, false, err
	}
	if g.Saved, err = instant(saved); err != nil || seal != l.lastGood || seal != t.sealLastGood(&g) {
		return g, false, t.damage("the last good file is not what was written")
	}
	return g, true, nil
}

func (t *tx) sealLastGood(g *LastGood) int64 {
	s := &t.seal
	s.buf = s.buf[:0]
	s.text(g.Path).bytes(g.File).text(g.Hash).bytes(g.Config).text(g.Program).stored(stamp(g.Saved))
	return s.sum()
}

// SaveLatch keeps the login that was refused, as the caller encodes it; nil
// forgets it. The same one again writes nothing.
func (s *Store) SaveLatch(ctx context.Context, value []byte) error {
	return s.update(ctx, "write", func(t *tx) error {
		was, ok, err := t.latch()
		seal := int64(none)
		switch {
		case err != nil:
			return err
		case value == nil && !ok, value != nil && ok && bytes.Equal(was, value):
			return nil
		case value == nil:
			_, err = t.exec("DELETE FROM latch")
		default:
			seal = t.sealLatch(value)
			_, err = t.exec("INSERT OR REPLACE INTO latch (latch, value, seal) VALUES (1, ?, ?)", value, seal)
		}
		if err != nil {
			return err
		}
		return t.changeLedger(func(l *ledger) { l.latch = seal })
	})
}

// Latch returns the login that was refused, nil if none was.
func (s *Store) Latch(ctx context.Context) (value []byte, err error) {
	err = s.view(ctx, "read", func(t *tx) (err error) {
		value, _, err = t.latch()
		return err
	})
	return value, err
}

func (t *tx) latch() (value []byte, ok bool, err error) {
	l, err := t.ledger()
	if err != nil {
		return nil, false, err
	}
	seal := int64(none)
	ok, err = t.one("SELECT value, seal FROM latch", nil, &value, &seal)
	if err == nil && (seal != l.latch || ok && seal != t.sealLatch(value)) {
		err = t.damage("the latch is not what was written")
	}
	return value, ok && err == nil, err
}

func (t *tx) sealLatch(value []byte) int64 {
	t.seal.buf = t.seal.buf[:0]
	return t.seal.bytes(value).sum()
}

// blob returns b, never as NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
