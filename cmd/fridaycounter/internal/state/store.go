package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

	mu       sync.Mutex
	file     *history.Store // nil: it is not open
	writes   bool           // it is open for writing
	lockouts []source.Lockout
}

// writerWait is how long a daemon waits for readers: what they keep it from writing is written a
// moment later, and SIGTERM ends it within two seconds.
const writerWait = 500 * time.Millisecond

// A command holds the history for as long as it asks the source. Another run would hold it for
// ever.
const (
	heldTries = 12
	heldWait  = 250 * time.Millisecond
)

// Open returns the history at a path. Where it cannot be used now, the store tries again each
// time that it is needed. Where another counter writes to it, that is an error.
func Open(ctx context.Context, path, policy string, now func() time.Time, log *slog.Logger) (*Store, error) {
	policy, err := filepath.Abs(policy)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, policy: policy, now: now, log: log}
	for try := 0; ; try++ {
		err = s.write(ctx, func(*history.Store) error { return nil })
		switch {
		case !Is(err, history.Held):
			return s, nil // the engine tries again, and says why
		case try == heldTries || ctx.Err() != nil:
			return nil, err
		case try == 0:
			log.Info("waiting for a command to end that writes to the history", "error", err)
		}
		time.Sleep(heldWait)
	}
}

// openWrite opens the file for writing, or replaces it if it is damaged. The caller holds the
// lock.
func (s *Store) openWrite(ctx context.Context) (replaced bool, err error) {
	if s.writes {
		return false, nil
	}
	_ = s.closeFile() // it was open for reading only
	file, err := history.Open(ctx, s.path, history.Opts{Wait: writerWait})
	if Is(err, history.Damaged) {
		return s.replace(ctx, err)
	}
	if err == nil {
		s.file, s.writes = file, true
	}
	return false, err
}

// openRead opens the file for writing, or else for reading. Where it cannot be made and is not
// there, there is none to read: file is nil.
func (s *Store) openRead(ctx context.Context) (err error) {
	_, openErr := s.openWrite(ctx)
	if openErr == nil {
		return nil
	}
	s.file, err = history.OpenRead(ctx, s.path, history.Opts{Wait: writerWait})
	if err == nil || Is(err, history.Missing) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return openErr
}

// replace sets a damaged file aside and begins a new one.
func (s *Store) replace(ctx context.Context, damage error) (replaced bool, err error) {
	_ = s.closeFile() // it may fail, as the file is damaged
	// What was asked for may have ended; the file must be sound all the same.
	file, aside, err := history.Recover(context.WithoutCancel(ctx), s.path, history.Opts{Wait: writerWait}, s.now())
	if err != nil {
		return false, errors.Join(damage, err)
	}
	s.file, s.writes = file, true
	if aside != "" {
		s.log.Warn("the history was damaged and is set aside; what is known is written to a new one, and the source is asked for the rest",
			"file", aside, "error", causeOf(damage))
	}
	return aside != "", nil
}

// causeOf returns what was wrong with a damaged file, without its path and hint, or the error
// itself where it does not tell.
func causeOf(damage error) error {
	if e, ok := errors.AsType[*history.Error](damage); ok && e.Err != nil {
		return e.Err
	}
	return damage
}

// closeFile closes what is open.
func (s *Store) closeFile() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.writes = nil, false
	return err
}

// Close closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeFile()
}

// write calls f with the file, opened for writing.
func (s *Store) write(ctx context.Context, f func(*history.Store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.openWrite(ctx); err != nil {
		return err
	}
	return f(s.file)
}

// read calls f with the file, if there is one. A file that turns out to be damaged is replaced,
// and nothing is known of it.
func (s *Store) read(ctx context.Context, f func(*history.Store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.openRead(ctx); err != nil || s.file == nil {
		return err
	}
	err := f(s.file)
	if Is(err, history.Damaged) && s.writes {
		_, err = s.replace(ctx, err)
	}
	return err
}

// Load implements engine.Store.
func (s *Store) Load(ctx context.Context, key source.Key) (source.Known, error) {
	known := source.Known{Key: key}
	err := s.read(ctx, func(file *history.Store) (err error) {
		known, err = file.Load(ctx, key)
		return err
	})
	return known, err
}

// Save implements engine.Store.
func (s *Store) Save(ctx context.Context, known *source.Known, changes source.Changes) (replaced bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if replaced, err = s.openWrite(ctx); err != nil {
		return false, err
	}
	if !replaced {
		if err = s.file.Save(ctx, known, changes); !Is(err, history.Damaged) {
			return false, err
		}
		if replaced, err = s.replace(ctx, err); err != nil {
			return false, err
		}
	}
	return replaced, s.file.Save(ctx, known, known.All())
}

// LastGood implements engine.Store. It is zero where the history has none of the policy.
func (s *Store) LastGood(ctx context.Context) (good engine.LastGood, err error) {
	var g history.LastGood
	err = s.read(ctx, func(file *history.Store) (err error) {
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
	sum := sha256.Sum256(good.File)
	return s.write(ctx, func(file *history.Store) error {
		return file.SaveLastGood(ctx, history.LastGood{
			Path: s.policy, File: good.File, Hash: hex.EncodeToString(sum[:]), Config: config, Program: build.ID(), Saved: s.now(),
		})
	})
}

// Lockouts returns the logins that were refused.
func (s *Store) Lockouts(ctx context.Context) (list []source.Lockout, err error) {
	err = s.read(ctx, func(file *history.Store) (err error) {
		s.lockouts, err = file.Lockouts(ctx)
		list = s.lockouts
		return err
	})
	return list, err
}

// SaveLockouts writes the logins that were refused, if they are others than before.
func (s *Store) SaveLockouts(ctx context.Context, list []source.Lockout) error {
	s.mu.Lock()
	same := slices.Equal(list, s.lockouts)
	s.mu.Unlock()
	if same {
		return nil
	}
	return s.write(ctx, func(file *history.Store) error {
		err := file.SaveLockouts(ctx, list)
		if err == nil {
			s.lockouts = list
		}
		return err
	})
}
