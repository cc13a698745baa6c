package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// diskStore is the history as the engine wants a store. When the file turns out
// to be damaged, it is set aside and a new one is begun.
type diskStore struct {
	now  func() time.Time
	note func(string) // tells that the file was set aside; called from any goroutine

	mu    sync.RWMutex // over each use of file, and its replacement
	file  *history.Store
	path  string
	mend  bool   // set a damaged file aside
	latch string // the refused logins that were last saved
	lost  bool   // the file was replaced since Known was last asked for
}

// writerWait is how long a daemon waits for readers: what they keep it from writing
// is written with the next poll, and SIGTERM ends it within two seconds.
const writerWait = 500 * time.Millisecond

// openStore opens the history of a daemon. Where it cannot be written, it is read
// at least, and where there is none, nil is returned; the note says why. The error
// is that the file must not be used or replaced.
func openStore(ctx context.Context, path string, now func() time.Time, note func(string)) (*diskStore, error) {
	s := &diskStore{now: now, note: note, path: path, mend: true}
	file, err := history.Open(ctx, path, history.Opts{Wait: writerWait})
	switch {
	case err == nil:
		s.file = file
		return s, nil
	case isKind(err, history.Held), isKind(err, history.Newer), isKind(err, history.Foreign):
		return nil, err
	case isKind(err, history.Damaged):
		if err := s.recover(ctx, err); err != nil {
			return nil, err
		}
		return s, nil
	}
	note(err.Error())
	s.mend = false
	if s.file, err = history.OpenRead(ctx, path, history.Opts{Wait: writerWait}); err != nil {
		return nil, nil
	}
	return s, nil
}

// recover sets the damaged file aside; the caller holds the lock.
func (s *diskStore) recover(ctx context.Context, damage error) error {
	if s.file != nil {
		// It may fail, since the file is damaged.
		_ = s.file.Close()
		s.file = nil
	}
	file, aside, err := history.Recover(ctx, s.path, history.Opts{Wait: writerWait}, s.now())
	if err != nil {
		return err
	}
	s.file = file
	if aside != "" {
		s.lost = true
		s.note(fmt.Sprintf("it was damaged and is set aside as %s; the source is asked for everything again (%v)", aside, causeOf(damage)))
	}
	return nil
}

// causeOf returns what was wrong with a damaged file, without its path and hint, or the
// error itself where it does not tell.
func causeOf(damage error) error {
	if e, ok := errors.AsType[*history.Error](damage); ok && e.Err != nil {
		return e.Err
	}
	return damage
}

// use calls f with the file. A file that turns out to be damaged is replaced for
// the next call.
func (s *diskStore) use(f func(*history.Store) error) error {
	s.mu.RLock()
	file := s.file
	err := errors.New("history: it is closed after damage")
	if file != nil {
		err = f(file)
	}
	s.mu.RUnlock()
	if !s.mend || file != nil && !isKind(err, history.Damaged) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == file { // nobody else has replaced it
		// What was asked for may have ended; the file must be sound all the same.
		if recovery := s.recover(context.Background(), err); recovery != nil {
			return errors.Join(err, recovery)
		}
	}
	return err
}

// close closes the file, if there is a store.
func (s *diskStore) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.file
	if s.file = nil; file == nil {
		return nil
	}
	return file.Close()
}

// Coverage implements engine.Reader.
func (s *diskStore) Coverage(ctx context.Context, source string) (c engine.Coverage, err error) {
	err = s.use(func(file *history.Store) error {
		environments, err := file.Environments(ctx, source)
		if err != nil {
			return err
		}
		for _, e := range environments {
			c.Environments = append(c.Environments, e.Environment)
		}
		polls, err := file.Polls(ctx, source)
		c.Good = polls.Good
		return err
	})
	return c, err
}

// Each implements engine.Reader.
func (s *diskStore) Each(ctx context.Context, source string, take func(*rules.Deployment, func() error) error) error {
	return s.use(func(file *history.Store) error {
		for row, err := range file.Scan(ctx, source, history.Filter{}) {
			if err == nil {
				err = take(&row.Deployment, row.Load)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Deployment implements engine.Reader.
func (s *diskStore) Deployment(ctx context.Context, source, environmentID, id string) (d rules.Deployment, ok bool, err error) {
	err = s.use(func(file *history.Store) error {
		d, ok, err = file.Deployment(ctx, source, environmentID, id)
		return err
	})
	return d, ok, err
}

// Known implements engine.Writer. Polls do not overlap: what it says holds until
// the next Merge.
func (s *diskStore) Known(ctx context.Context, source string) engine.Known {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = false
	return &diskKnown{ctx, s, source}
}

// Merge implements engine.Writer.
func (s *diskStore) Merge(ctx context.Context, source string, a engine.Answer, failure error, at time.Time) (engine.Merged, error) {
	answer := history.Answer{Environments: a.Environments, Interrupted: a.Interrupted, Deployments: a.Deployments}
	switch {
	case failure != nil:
		answer.Failure = failure.Error()
	case a.More:
		answer.Failure = "the first reading is not at its end"
	}
	var change history.Change
	err := s.use(func(file *history.Store) (err error) {
		if s.lost {
			return errors.New("the history was replaced while the source was asked")
		}
		change, err = file.Merge(ctx, source, answer, at)
		return err
	})
	if err != nil {
		s.mu.RLock()
		defer s.mu.RUnlock()
		if s.lost {
			err = &engine.ForgottenError{Err: err}
		}
		return engine.Merged{}, err
	}
	var merged engine.Merged
	for _, list := range [][]int{change.New, change.Changed, change.Rewritten} {
		for _, i := range list {
			merged.Deployments = append(merged.Deployments, a.Deployments[i])
		}
	}
	for _, r := range change.Renamed {
		merged.Notes = append(merged.Notes, engine.RenamedNote(r.Was, r.Now))
	}
	for _, r := range change.Recreated {
		merged.Notes = append(merged.Notes, engine.RecreatedNote(r.Was, r.Now))
	}
	return merged, nil
}

// diskKnown is what a poll need not read again, from the file that is in use.
type diskKnown struct {
	ctx    context.Context
	store  *diskStore
	source string
}

// ask calls f. Where the file cannot be read, nothing is known, which costs the
// source a few pages.
func (k *diskKnown) ask(f func(*history.Known)) {
	_ = k.store.use(func(file *history.Store) error {
		known := file.Known(k.ctx, k.source)
		f(known)
		return known.Err()
	})
}

// Complete implements engine.Known.
func (k *diskKnown) Complete(environmentID string) (from time.Time, exhausted, ok bool) {
	k.ask(func(known *history.Known) { from, exhausted, ok = known.Complete(environmentID) })
	return from, exhausted, ok
}

// Final implements engine.Known.
func (k *diskKnown) Final(environmentID, resultID string) (final bool) {
	k.ask(func(known *history.Known) { final = known.Final(environmentID, resultID) })
	return final
}

// Active implements engine.Known.
func (k *diskKnown) Active(environmentID string) (ids []string) {
	k.ask(func(known *history.Known) { ids = known.Active(environmentID) })
	return ids
}
