package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Spare is a [Store] that keeps in memory what its disk does not take, and
// tries again with each answer, so that a full or read-only disk does not stop
// the wall. A disk that is only read makes it a Store for one question.
type Spare struct {
	disk Store

	mu      sync.Mutex // over each Merge
	unsaved Memory     // what the disk did not take
}

// NewSpare returns a store over a disk.
func NewSpare(disk Store) *Spare { return &Spare{disk: disk} }

// Merge implements [Writer].
func (s *Spare) Merge(ctx context.Context, source string, a Answer, failure error, at time.Time) (Merged, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, behind := a, s.unsaved.has(source)
	var merged Merged
	if behind {
		// A Memory's Merge does not fail.
		merged, _ = s.unsaved.Merge(ctx, source, a, failure, at)
		all = s.unsaved.answer(source, a)
	}
	saved, err := s.save(ctx, source, all, failure, at)
	_, forgot := errors.AsType[*ForgottenError](err)
	if err == nil || forgot {
		s.unsaved.forget(source)
		return saved, err
	}
	if !behind {
		merged, _ = s.unsaved.Merge(ctx, source, a, failure, at)
	}
	return merged, &UnsavedError{err}
}

// save writes an answer to the disk, and before it that an unsaved poll was good, if
// this one was not.
func (s *Spare) save(ctx context.Context, source string, all Answer, failure error, at time.Time) (Merged, error) {
	unsaved, _ := s.unsaved.Coverage(ctx, source) // of a Memory it does not fail
	if failure == nil || unsaved.Good.IsZero() {
		return s.disk.Merge(ctx, source, all, failure, at)
	}
	merged, err := s.disk.Merge(ctx, source, all, nil, unsaved.Good)
	if err == nil {
		_, err = s.disk.Merge(ctx, source, Answer{}, failure, at)
	}
	return merged, err
}

// Coverage implements [Reader].
func (s *Spare) Coverage(ctx context.Context, source string) (Coverage, error) {
	// The memory first: what it gives to the disk meanwhile is found there.
	later, err := s.unsaved.Coverage(ctx, source)
	if err != nil {
		return Coverage{}, err
	}
	c, err := s.disk.Coverage(ctx, source)
	if err != nil {
		return Coverage{}, err
	}
	for _, e := range later.Environments {
		setEnvironment(&c.Environments, e)
	}
	if later.Good.After(c.Good) {
		c.Good = later.Good
	}
	return c, nil
}

// Each implements [Reader].
func (s *Spare) Each(ctx context.Context, source string, take func(*rules.Deployment, func() error) error) error {
	later := map[resultKey]struct{}{}
	err := s.unsaved.Each(ctx, source, func(d *rules.Deployment, load func() error) error {
		later[keyOf(d)] = struct{}{}
		return take(d, load)
	})
	if err != nil {
		return err
	}
	if len(later) == 0 {
		return s.disk.Each(ctx, source, take)
	}
	return s.disk.Each(ctx, source, func(d *rules.Deployment, load func() error) error {
		if _, ok := later[keyOf(d)]; ok {
			return nil
		}
		return take(d, load)
	})
}

// Deployment implements [Reader].
func (s *Spare) Deployment(ctx context.Context, source, environmentID, id string) (rules.Deployment, bool, error) {
	if d, ok, err := s.unsaved.Deployment(ctx, source, environmentID, id); ok || err != nil {
		return d, ok, err
	}
	return s.disk.Deployment(ctx, source, environmentID, id)
}

// Known implements [Writer].
func (s *Spare) Known(ctx context.Context, source string) Known {
	return &spareKnown{disk: s.disk.Known(ctx, source), unsaved: &remembered{&s.unsaved, source}}
}

// spareKnown asks the memory first.
type spareKnown struct {
	disk    Known
	unsaved *remembered
}

// Complete implements [Known].
func (k *spareKnown) Complete(environmentID string) (from time.Time, exhausted, ok bool) {
	if from, exhausted, ok = k.unsaved.Complete(environmentID); ok {
		return from, exhausted, ok
	}
	first := from
	if from, exhausted, ok = k.disk.Complete(environmentID); ok || first.IsZero() {
		return from, exhausted, ok
	}
	return first, false, false
}

// Final implements [Known].
func (k *spareKnown) Final(environmentID, resultID string) bool {
	if final, ok := k.unsaved.result(environmentID, resultID); ok {
		return final
	}
	return k.disk.Final(environmentID, resultID)
}

// Active implements [Known].
func (k *spareKnown) Active(environmentID string) []string {
	ids := k.unsaved.Active(environmentID)
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	for _, id := range k.disk.Active(environmentID) {
		if !seen[id] && !k.unsaved.Final(environmentID, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
