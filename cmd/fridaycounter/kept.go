package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// lastGood keeps the last accepted counter.cue in the history. It implements
// engine.LastGood.
type lastGood struct {
	store   *diskStore
	path    string // of counter.cue, absolute
	program string // see thisProgram
}

func newLastGood(store *diskStore, config string) (*lastGood, error) {
	path, err := filepath.Abs(config)
	if err != nil {
		return nil, err
	}
	return &lastGood{store, path, thisProgram()}, nil
}

// Load implements engine.LastGood.
func (l *lastGood) Load() (kept engine.Kept, err error) {
	err = l.store.use(func(file *history.Store) error {
		g, ok, err := file.LastGood(context.Background())
		switch {
		case err != nil:
			return err
		case !ok || g.Path != l.path:
			return fmt.Errorf("the history has none of %s", l.path)
		}
		kept.File = g.File
		if g.Program != l.program {
			return nil
		}
		var config schema.Config
		if json.Unmarshal(g.Config, &config) == nil && config.Hash == g.Hash {
			kept.Config = &config
		}
		return nil
	})
	return kept, err
}

// Save implements engine.LastGood.
func (l *lastGood) Save(kept engine.Kept) error {
	config, err := json.Marshal(kept.Config)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(kept.File)
	good := history.LastGood{
		Path: l.path, File: kept.File, Hash: hex.EncodeToString(sum[:]), Config: config,
		Program: l.program, Saved: l.store.now(),
	}
	return l.store.use(func(file *history.Store) error { return file.SaveLastGood(context.Background(), good) })
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

// loadLatches reads the logins that were refused.
func loadLatches(ctx context.Context, file *history.Store, into json.Unmarshaler) error {
	value, err := file.Latch(ctx)
	if err != nil || value == nil {
		return err
	}
	return into.UnmarshalJSON(value)
}

// saveLatches keeps them; none is kept as nothing.
func (s *diskStore) saveLatches(ctx context.Context, from json.Marshaler) error {
	value, err := from.MarshalJSON()
	if err != nil {
		return err
	}
	if string(value) == "[]" {
		value = nil
	}
	s.mu.RLock()
	same := s.latch == string(value)
	s.mu.RUnlock()
	if same {
		return nil
	}
	err = s.use(func(file *history.Store) error { return file.SaveLatch(ctx, value) })
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.latch = string(value)
	}
	if isKind(err, history.ReadOnly) {
		return nil // the store tells of it
	}
	return err
}
