package history

import (
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

// SaveLastGood replaces the last good file, all or nothing. The same one again, whenever it
// was saved, writes nothing.
func (s *Store) SaveLastGood(ctx context.Context, g LastGood) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.update(ctx, "write", func(t *tx) {
		// An empty file is not NULL.
		t.exec(`INSERT INTO last_good (last_good, path, file, hash, config, program, saved) VALUES (1, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET path = excluded.path, file = excluded.file, hash = excluded.hash, config = excluded.config,
			program = excluded.program, saved = excluded.saved
			WHERE (path, file, hash, config, program) IS NOT (excluded.path, excluded.file, excluded.hash, excluded.config, excluded.program)`,
			g.Path, append([]byte{}, g.File...), g.Hash, append([]byte{}, g.Config...), g.Program, stamp(g.Saved))
	})
}

// LastGood returns the last good file; ok is false if there is none.
func (s *Store) LastGood(ctx context.Context) (g LastGood, ok bool, err error) {
	err = s.view(ctx, "read", func(t *tx) { g, ok = t.lastGood() })
	return g, ok, err
}

func (t *tx) lastGood() (g LastGood, ok bool) {
	ok = t.one("SELECT path, file, hash, config, program, saved FROM last_good", nil,
		&g.Path, &g.File, &g.Hash, &g.Config, &g.Program, instant{&g.Saved})
	return g, ok
}
