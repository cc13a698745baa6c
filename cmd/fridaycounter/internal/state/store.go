package state

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Store is the history of a counter that runs, an engine.Store. It opens the file when it is
// needed and can be, and begins a new one where it is damaged. Its methods may be called from any
// goroutine.
type Store struct {
	path   string
	policy string // absolute path of counter.cue
	now    func() time.Time
	log    *slog.Logger

	mu     sync.Mutex
	file   *history.Store   // open for writing; nil: it is not
	begun  bool             // the file is a new one in place of a damaged one, and nothing is saved yet
	stored []source.Lockout // refused logins, as they were saved
	told   *history.Notices // what webhooks were told, as it was saved; nil: not known

	lockouts rest.Lockouts // of all sources
}

// writerWait is how long a daemon waits for readers: what they keep it from writing is written a
// moment later, and SIGTERM ends it within two seconds.
const writerWait = 500 * time.Millisecond

// How often and how long Open waits for a command, which locks the history while it polls the
// source. There is a limit, because another run would keep it locked for ever.
const (
	openTries = 12
	openWait  = 250 * time.Millisecond
)

// Open returns the history at a path. Where it cannot be used now, the store tries again each
// time that it is needed. Where another counter writes to it, that is an error.
func Open(ctx context.Context, path, policy string, now func() time.Time, log *slog.Logger) (*Store, error) {
	if path == "" {
		return nil, errNoHome
	}
	policy, err := filepath.Abs(policy)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, policy: policy, now: now, log: log}
	for try := 0; ; try++ {
		err = s.use(ctx, true, func(*history.Store) error { return nil })
		switch {
		case !Is(err, history.InUse):
			return s, nil // the engine tries again, and says why
		case try == openTries || ctx.Err() != nil:
			return nil, err
		case try == 0:
			log.Info("waiting for a command that writes to the history to finish", "error", err)
		}
		time.Sleep(openWait)
	}
}

// use calls f with the file. It opens the file for writing. If that fails and write is false, it
// opens it for reading, and without a file does not call f. If f meets damage in a file that is
// open for writing, use begins a new file and calls f again.
func (s *Store) use(ctx context.Context, write bool, f func(*history.Store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.file == nil {
		s.file, err = history.Open(ctx, s.path, history.Opts{Wait: writerWait})
	}
	if err == nil {
		err = f(s.file)
	}
	if Is(err, history.Damaged) {
		if err = s.replace(ctx, err); err == nil {
			err = f(s.file)
		}
	}
	if s.file == nil && !write {
		return s.read(ctx, err, f)
	}
	return err
}

// read calls f with the file, which cannot be opened for writing.
func (s *Store) read(ctx context.Context, unwritable error, f func(*history.Store) error) error {
	file, err := history.OpenRead(ctx, s.path, history.Opts{Wait: writerWait})
	switch {
	case Is(err, history.Missing) || errors.Is(err, syscall.ENOTDIR):
		return nil
	case err != nil:
		return unwritable
	}
	return errors.Join(f(file), file.Close())
}

// replace sets a damaged file aside and begins a new one.
func (s *Store) replace(ctx context.Context, damage error) error {
	_ = s.close() // it may fail, as the file is damaged
	// What was asked for may have ended; the file must be sound all the same.
	file, movedTo, err := history.Recover(context.WithoutCancel(ctx), s.path, history.Opts{Wait: writerWait}, s.now())
	if err != nil {
		return errors.Join(damage, err)
	}
	s.file = file
	if movedTo != "" {
		s.begun, s.stored = true, nil
		s.log.Warn("the history was damaged and is set aside; what is known is written to a new file, and the rest is read from the source again",
			"file", movedTo, "error", causeOf(damage))
	}
	return nil
}

// causeOf returns what was wrong with a damaged file, without its path and hint, or the error
// itself where it does not tell.
func causeOf(damage error) error {
	if e, ok := errors.AsType[*history.Error](damage); ok && e.Err != nil {
		return e.Err
	}
	return damage
}

// Close closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.close()
}

// close closes the file, if it is open. The caller holds the lock.
func (s *Store) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// Load implements engine.Store.
func (s *Store) Load(ctx context.Context, key source.Key) (source.Known, error) {
	known := source.Known{Key: key}
	err := s.use(ctx, false, func(file *history.Store) (err error) {
		known, err = file.Load(ctx, key)
		return err
	})
	return known, err
}

// Save implements engine.Store. It writes the refused logins too.
func (s *Store) Save(ctx context.Context, known *source.Known, changes source.Changes) (replaced bool, err error) {
	err = s.use(ctx, true, func(file *history.Store) error {
		if replaced = s.begun; replaced {
			changes = known.All()
			if s.told != nil {
				if err := file.SaveNotices(ctx, *s.told); err != nil {
					return err
				}
			}
		}
		if err := file.Save(ctx, known, changes); err != nil {
			return err
		}
		s.begun = false
		list := s.lockouts.Snapshot()
		if slices.Equal(list, s.stored) {
			return nil
		}
		if err := file.SaveLockouts(ctx, list); err != nil {
			return err
		}
		s.stored = list
		return nil
	})
	return replaced && err == nil, err
}

// LastGood implements engine.Store. It is zero where the history has none of the policy.
func (s *Store) LastGood(ctx context.Context) (good engine.LastGood, err error) {
	var g history.LastGood
	err = s.use(ctx, false, func(file *history.Store) (err error) {
		g, _, err = file.LastGood(ctx)
		return err
	})
	if err != nil || g.Path != s.policy {
		return good, err
	}
	good.File = g.File
	var config schema.Config
	if g.Program == build.ID() && json.Unmarshal(g.Config, &config) == nil && config.Hash == g.Hash {
		good.Config = &config
	}
	return good, nil
}

// SaveLastGood implements engine.Store.
func (s *Store) SaveLastGood(ctx context.Context, good engine.LastGood) error {
	config, err := json.Marshal(good.Config)
	if err != nil {
		return err
	}
	return s.use(ctx, true, func(file *history.Store) error {
		return file.SaveLastGood(ctx, history.LastGood{
			Path: s.policy, File: good.File, Hash: good.Config.Hash, Config: config, Program: build.ID(), Saved: s.now(),
		})
	})
}

// Lockouts returns the refused logins, those of earlier runs among them if the history can be read.
func (s *Store) Lockouts(ctx context.Context) *rest.Lockouts {
	err := s.use(ctx, false, func(file *history.Store) (err error) {
		s.stored, err = file.Lockouts(ctx)
		return err
	})
	if err != nil {
		s.log.Warn("cannot read which logins were refused before; they may be sent again", "error", err)
	}
	s.lockouts.Restore(s.stored)
	return &s.lockouts
}

// Notices returns what webhooks were told. Where that cannot be saved, it is an error too: who cannot
// note what is told must not tell it.
func (s *Store) Notices(ctx context.Context) (n history.Notices, err error) {
	err = s.use(ctx, true, func(file *history.Store) (err error) {
		if n, err = file.Notices(ctx); err == nil {
			s.told = &n
		}
		return err
	})
	return n, err
}

// SaveNotices stores what webhooks were told.
func (s *Store) SaveNotices(ctx context.Context, n history.Notices) error {
	return s.use(ctx, true, func(file *history.Store) error {
		err := file.SaveNotices(ctx, n)
		if err == nil {
			n.Owed = slices.Clone(n.Owed)
			s.told = &n
		}
		return err
	})
}
