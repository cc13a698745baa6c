package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Store keeps what is known of sources over restarts. One method is called at a time,
// on another goroutine than the loop: they may wait, but end soon after their context does.
type Store interface {
	// Load returns all that is stored of a source; nothing is no error.
	Load(ctx context.Context, key source.Key) (source.Known, error)
	// Save writes what changed of a source; where nothing did, it may write the marks of
	// polls. replaced says that the file was damaged and that a new one has taken its
	// place: everything that is known has to be written again.
	Save(ctx context.Context, known *source.Known, changes source.Changes) (replaced bool, err error)
	// LastGood returns the last accepted counter.cue. Without a File there is none, which
	// is no error; without a Config another version of the program saved it.
	LastGood(ctx context.Context) (LastGood, error)
	SaveLastGood(ctx context.Context, g LastGood) error
}

// LastGood is an accepted counter.cue.
type LastGood struct {
	File   []byte
	Config *schema.Config // what it evaluates to
}

// sourceState is what is known of a source, and what of it is not stored yet.
type sourceState struct {
	known source.Known
	// loaded says that known has what is stored; else it is what polls have brought since
	// the start, while the store cannot be used.
	loaded bool
	// unsaved are changes that the store does not have; nil: not even a poll ended since.
	unsaved *source.Changes
}

// add notes changes that the store does not have.
func (s *sourceState) add(c source.Changes) {
	if s.unsaved == nil {
		s.unsaved = &source.Changes{}
	}
	s.unsaved.Add(c)
}

// saving is the state of the store.
type saving struct {
	running  bool
	began    time.Duration // uptime, of what runs
	retry    time.Duration // uptime before which nothing is tried, after a failure
	lastGood *LastGood     // to be saved
}

const (
	// storeTimeout is how long a store may take before the wall goes on without it.
	storeTimeout = 5 * time.Second
	// storeRetry is the wait before a store that does not work is tried again.
	storeRetry = 5 * time.Second
)

// source returns the state of a source, which is made if it is new.
func (l *loop) source(key source.Key) *sourceState {
	s := l.sources[key]
	if s == nil {
		s = &sourceState{known: source.Known{Key: key}, loaded: l.o.Store == nil}
		l.sources[key] = s
	}
	return s
}

// known returns what is known of all sources.
func (l *loop) known() []source.Known {
	list := make([]source.Known, 0, len(l.sources))
	for _, s := range l.sources {
		list = append(list, s.known)
	}
	return list
}

// startStore does one thing that the store has to do. While it fails, or does not answer,
// the wall goes on from what polls bring.
func (l *loop) startStore(ctx context.Context, uptime time.Duration) {
	s := &l.saving
	if s.running && l.status.Store == nil && uptime-s.began >= storeTimeout {
		l.storeTrouble(fmt.Errorf("it does not answer within %v", storeTimeout))
	}
	if l.o.Store == nil || s.running || uptime < s.retry {
		return
	}
	var unloaded, unsaved *sourceState
	for _, source := range l.sources {
		if !source.loaded {
			unloaded = source
		}
		if source.unsaved != nil {
			unsaved = source
		}
	}
	switch { // what is needed first comes first
	case l.reload.lastGood == nil:
		l.loadLastGood(ctx)
	case unloaded != nil:
		l.loadSource(ctx, unloaded)
	case s.lastGood != nil:
		l.saveLastGood(ctx, s.lastGood)
	case unsaved != nil:
		l.saveSource(ctx, unsaved)
	}
}

// callStore has call use the store, and then finish take in what came of it.
func (l *loop) callStore(call func() error, finish func(err error)) {
	_, uptime := l.o.Clock.Now()
	l.saving.running, l.saving.began = true, uptime
	var err error
	l.tasks.Start(func() { err = call() }, func() {
		l.saving.running = false
		if l.storeTrouble(err); err != nil {
			_, uptime := l.o.Clock.Now()
			l.saving.retry = uptime + storeRetry
		}
		finish(err)
	})
}

// storeTrouble notes why the store cannot be used; nil: it can.
func (l *loop) storeTrouble(err error) {
	l.changed = l.changed || (err == nil) != (l.status.Store == nil)
	l.status.Store = err
	l.log.Trouble("store", "the history cannot be used; the counter goes on from memory, and tries again",
		"the history can be used again", err)
}

// loadLastGood reads the last good file from the store.
func (l *loop) loadLastGood(ctx context.Context) {
	var file LastGood
	read := func() (err error) { file, err = l.o.Store.LastGood(ctx); return err }
	l.callStore(read, func(err error) {
		if err == nil {
			l.lastGoodLoaded(file)
		}
	})
}

// loadSource reads what the store has of a source.
func (l *loop) loadSource(ctx context.Context, s *sourceState) {
	var stored source.Known
	key := s.known.Key
	read := func() (err error) { stored, err = l.o.Store.Load(ctx, key); return err }
	l.callStore(read, func(err error) {
		if err != nil {
			return
		}
		if s.unsaved != nil { // polls went on meanwhile
			stored, *s.unsaved = facts.Join(stored, s.known, l.now())
		}
		s.known, s.loaded = stored, true
		l.factsChanged()
	})
}

// saveSource writes what changed of a source.
func (l *loop) saveSource(ctx context.Context, s *sourceState) {
	known, changes, replaced := s.known, *s.unsaved, false
	s.unsaved = nil
	write := func() (err error) { replaced, err = l.o.Store.Save(ctx, &known, changes); return err }
	l.callStore(write, func(err error) {
		if err != nil {
			if s.unsaved != nil {
				changes.Add(*s.unsaved)
			}
			s.unsaved = &changes
		}
		if !replaced {
			return
		}
		for _, s := range l.sources {
			all := s.known.All()
			s.unsaved = &all
		}
		if p := l.policy; p != nil {
			l.saving.lastGood = &LastGood{p.file, p.Config}
		}
	})
}

// saveLastGood writes the file in force for the next start.
func (l *loop) saveLastGood(ctx context.Context, g *LastGood) {
	l.callStore(func() error { return l.o.Store.SaveLastGood(ctx, *g) }, func(err error) {
		if err == nil && l.saving.lastGood == g {
			l.saving.lastGood = nil
		}
	})
}

// dropSources drops sources that no policy reads and of which all is stored.
func (l *loop) dropSources() {
	if l.saving.running {
		return // it may fail, and then what it was to write is needed
	}
	for key, s := range l.sources {
		if !l.policy.reads(key) && !l.reload.candidate.reads(key) && s.unsaved == nil {
			delete(l.sources, key)
		}
	}
}

// allStored reports whether all that is known is stored.
func (l *loop) allStored() bool {
	for _, s := range l.sources {
		if s.unsaved != nil {
			return false
		}
	}
	return !l.saving.running && l.saving.lastGood == nil
}
