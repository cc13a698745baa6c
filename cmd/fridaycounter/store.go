package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// historyStore is the history as the engine wants a store. It opens the file when it is
// needed and can be, and begins a new one where it is damaged. Its methods may be called
// from any goroutine.
type historyStore struct {
	path    string
	policy  string // absolute path of counter.cue
	program string // see thisProgram
	now     func() time.Time
	note    func(string) // tells that the file was set aside

	mu       sync.Mutex
	file     *history.Store // nil: it is not open
	writes   bool           // it is open for writing
	lockouts []source.Lockout
}

// writerWait is how long a daemon waits for readers: what they keep it from writing
// is written a moment later, and SIGTERM ends it within two seconds.
const writerWait = 500 * time.Millisecond

func newHistoryStore(path, config string, now func() time.Time, note func(string)) (*historyStore, error) {
	policy, err := filepath.Abs(config)
	if err != nil {
		return nil, err
	}
	return &historyStore{path: path, policy: policy, program: thisProgram(), now: now, note: note}, nil
}

// open opens the file for writing, or sets it aside if it is damaged and begins a new
// one. The caller holds the lock.
func (s *historyStore) open(ctx context.Context) (replaced bool, err error) {
	if s.writes {
		return false, nil
	}
	s.closeFile()
	file, err := history.Open(ctx, s.path, history.Opts{Wait: writerWait})
	if isKind(err, history.Damaged) {
		return s.replace(ctx, err)
	}
	if err != nil {
		return false, err
	}
	s.file, s.writes = file, true
	return false, nil
}

func (s *historyStore) tryOpen(ctx context.Context) error {
	return s.write(ctx, func(*history.Store) error { return nil })
}

// write calls f with the file, opened for writing.
func (s *historyStore) write(ctx context.Context, f func(*history.Store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.open(ctx); err != nil {
		return err
	}
	return f(s.file)
}

// openRead opens the file for writing, or else for reading. Where it cannot be made and is
// not there, there is none to read: file is nil.
func (s *historyStore) openRead(ctx context.Context) (err error) {
	_, openErr := s.open(ctx)
	if openErr == nil {
		return nil
	}
	s.file, err = history.OpenRead(ctx, s.path, history.Opts{Wait: writerWait})
	if err == nil || isKind(err, history.Missing) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return openErr
}

// replace sets a damaged file aside and begins a new one.
func (s *historyStore) replace(ctx context.Context, damage error) (replaced bool, err error) {
	s.closeFile()
	// What was asked for may have ended; the file must be sound all the same.
	file, aside, err := history.Recover(context.WithoutCancel(ctx), s.path, history.Opts{Wait: writerWait}, s.now())
	if err != nil {
		return false, errors.Join(damage, err)
	}
	s.file, s.writes = file, true
	if aside != "" {
		s.note(fmt.Sprintf("it was damaged and is set aside as %s; what is known is written again, and the source is asked for the rest (%v)", aside, causeOf(damage)))
	}
	return aside != "", nil
}

// causeOf returns what was wrong with a damaged file, without its path and hint, or the
// error itself where it does not tell.
func causeOf(damage error) error {
	if e, ok := errors.AsType[*history.Error](damage); ok && e.Err != nil {
		return e.Err
	}
	return damage
}

func isKind(err error, kinds ...history.Kind) bool {
	e, ok := errors.AsType[*history.Error](err)
	return ok && slices.Contains(kinds, e.Kind)
}

// closeFile closes what is open. It may fail where the file is damaged.
func (s *historyStore) closeFile() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.writes = nil, false
	return err
}

func (s *historyStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeFile()
}

// read calls f with the file, if there is one. Of a damaged one f is told nothing: there is
// a new one.
func (s *historyStore) read(ctx context.Context, f func(*history.Store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.openRead(ctx); err != nil || s.file == nil {
		return err
	}
	err := f(s.file)
	if isKind(err, history.Damaged) && s.writes {
		_, err = s.replace(ctx, err)
	}
	return err
}

// Load implements engine.Store.
func (s *historyStore) Load(ctx context.Context, key source.Key) (source.Known, error) {
	known := source.Known{Key: key}
	err := s.read(ctx, func(file *history.Store) (err error) {
		known, err = file.Load(ctx, key)
		return err
	})
	return known, err
}

// Save implements engine.Store.
func (s *historyStore) Save(ctx context.Context, known *source.Known, changes source.Changes) (replaced bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if replaced, err = s.open(ctx); err != nil {
		return false, err
	}
	if !replaced {
		if err = s.file.Save(ctx, known, changes); !isKind(err, history.Damaged) {
			return false, err
		}
		if replaced, err = s.replace(ctx, err); err != nil {
			return false, err
		}
	}
	return replaced, s.file.Save(ctx, known, known.All())
}

// LastGood implements engine.Store. It is zero where the history has none of the policy.
func (s *historyStore) LastGood(ctx context.Context) (kept engine.LastGood, err error) {
	var g history.LastGood
	err = s.read(ctx, func(file *history.Store) error {
		g, _, err = file.LastGood(ctx)
		return err
	})
	if err != nil || g.Path != s.policy {
		return kept, err
	}
	kept.File = g.File
	var config schema.Config
	if g.Program == s.program && json.Unmarshal(g.Config, &config) == nil && config.Hash == g.Hash {
		kept.Config = &config
	}
	return kept, nil
}

// SaveLastGood implements engine.Store.
func (s *historyStore) SaveLastGood(ctx context.Context, kept engine.LastGood) error {
	config, err := json.Marshal(kept.Config)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(kept.File)
	good := history.LastGood{
		Path: s.policy, File: kept.File, Hash: hex.EncodeToString(sum[:]), Config: config, Program: s.program, Saved: s.now(),
	}
	return s.write(ctx, func(file *history.Store) error { return file.SaveLastGood(ctx, good) })
}

func (s *historyStore) loadLockouts(ctx context.Context) ([]source.Lockout, error) {
	err := s.read(ctx, func(file *history.Store) (err error) {
		s.lockouts, err = file.Lockouts(ctx)
		return err
	})
	return s.lockouts, err
}

func (s *historyStore) saveLockouts(ctx context.Context, list []source.Lockout) error {
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

// thisProgram tells this build from every other: what another one evaluated may
// mean something else.
func thisProgram() string {
	name := version() + " " + commit()
	if info, err := os.Stat(self()); err == nil {
		name += fmt.Sprintf(" %d %s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	return name
}
