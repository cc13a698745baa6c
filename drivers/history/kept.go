package history

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
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

// SaveLastGood replaces the last good file, all or nothing. The same one again writes
// nothing.
func (s *Store) SaveLastGood(ctx context.Context, g LastGood) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.update(ctx, "write", func(t *tx) error {
		was, ok, err := t.lastGood()
		if err != nil || ok && was.same(&g) {
			return err
		}
		// An empty file is not NULL.
		return t.exec("INSERT OR REPLACE INTO last_good (last_good, path, file, hash, config, program, saved) VALUES (1, ?, ?, ?, ?, ?, ?)",
			g.Path, append([]byte{}, g.File...), g.Hash, append([]byte{}, g.Config...), g.Program, stamp(g.Saved))
	})
}

// LastGood returns the last good file; ok is false if there is none.
func (s *Store) LastGood(ctx context.Context) (g LastGood, ok bool, err error) {
	err = s.view(ctx, "read", func(t *tx) error {
		g, ok, err = t.lastGood()
		return err
	})
	return g, ok, err
}

// same reports whether two are the same file, whenever they were saved.
func (g *LastGood) same(o *LastGood) bool {
	return g.Path == o.Path && bytes.Equal(g.File, o.File) && g.Hash == o.Hash && bytes.Equal(g.Config, o.Config) && g.Program == o.Program
}

func (t *tx) lastGood() (g LastGood, ok bool, err error) {
	ok, err = t.one("SELECT path, file, hash, config, program, saved FROM last_good", nil,
		&g.Path, &g.File, &g.Hash, &g.Config, &g.Program, instant{&g.Saved})
	return g, ok, err
}

// SaveLockouts replaces the logins that were refused, all or nothing. The same ones
// again write nothing. Each has a fingerprint of its own.
func (s *Store) SaveLockouts(ctx context.Context, list []source.Lockout) error {
	s.write.Lock()
	defer s.write.Unlock()
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b source.Lockout) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
	return s.update(ctx, "write", func(t *tx) error {
		was, err := t.lockouts()
		same := func(a, b source.Lockout) bool {
			return a.Fingerprint == b.Fingerprint && a.Status == b.Status && a.At.Equal(b.At)
		}
		if err != nil || slices.EqualFunc(was, list, same) {
			return err
		}
		if err := t.exec("DELETE FROM lockout"); err != nil {
			return err
		}
		for _, l := range list {
			if err := t.exec("INSERT INTO lockout (fingerprint, status, at) VALUES (?, ?, ?)", l.Fingerprint, l.Status, stamp(l.At)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Lockouts returns the logins that were refused, by fingerprint.
func (s *Store) Lockouts(ctx context.Context) (list []source.Lockout, err error) {
	err = s.view(ctx, "read", func(t *tx) error {
		list, err = t.lockouts()
		return err
	})
	return list, err
}

func (t *tx) lockouts() (list []source.Lockout, err error) {
	var l source.Lockout
	err = t.each("SELECT fingerprint, status, at FROM lockout ORDER BY fingerprint", nil, []any{&l.Fingerprint, &l.Status, instant{&l.At}}, func() error {
		list = append(list, l)
		return nil
	})
	return list, err
}
