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

// loadState says how far a source was loaded from the store.
type loadState int

const (
	notLoaded  loadState = iota
	loadFailed           // what is known is what polls have brought since the start
	loaded
)

// sourceState is what is known of a source, and what of it is not stored yet.
type sourceState struct {
	known   source.Known
	load    loadState
	unsaved source.Changes
	marked  bool // a poll ended of which the store does not know yet
}

// isSaved reports whether all that is known is stored.
func (s *sourceState) isSaved() bool { return !s.marked && s.unsaved.Empty() }

// saving is the state of the store.
type saving struct {
	running  bool
	began    time.Duration // uptime, of what runs
	failures int           // in a row
	retry    time.Duration // uptime, when failures > 0
	err      error         // why the store cannot be used; nil: it can
	lastGood *LastGood     // to be saved
}

const (
	// storeTimeout is how long a store may take before the wall goes on without it.
	storeTimeout = 5 * time.Second
	// maxStoreRetry bounds the wait before a store that does not work is tried again.
	maxStoreRetry = 15 * time.Second
)

// source returns the state of a source, which is made if it is new.
func (l *loop) source(key source.Key) *sourceState {
	s := l.sources[key]
	if s == nil {
		s = &sourceState{known: source.Known{Key: key}}
		if l.o.Store == nil {
			s.load = loaded
		}
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
	if s.running && s.err == nil && uptime-s.began >= storeTimeout {
		l.storeTrouble(fmt.Errorf("it does not answer within %v", storeTimeout))
	}
	for _, source := range l.sources {
		if s.err != nil && source.load == notLoaded {
			source.load = loadFailed
		}
	}
	if l.o.Store == nil || s.running || s.failures > 0 && uptime < s.retry {
		return
	}
	if t := l.storeTask(); t != nil {
		s.running, s.began = true, uptime
		l.start(ctx, t)
	}
}

// storeTask returns what the store has to do next: what is needed first comes first. Nil:
// nothing.
func (l *loop) storeTask() task {
	if l.reload.lastGood == nil {
		return &lastGoodLoad{store: l.o.Store}
	}
	for key, s := range l.sources {
		if s.load != loaded {
			return &sourceLoad{store: l.o.Store, key: key}
		}
	}
	if g := l.saving.lastGood; g != nil {
		l.saving.lastGood = nil
		return &lastGoodSave{store: l.o.Store, file: *g}
	}
	for key, s := range l.sources {
		if !s.isSaved() {
			t := &sourceSave{store: l.o.Store, key: key, known: s.known, changes: s.unsaved}
			s.marked, s.unsaved = false, source.Changes{Key: key}
			return t
		}
	}
	return nil
}

// stored takes in how a call of the store ended.
func (l *loop) stored(err error) {
	s := &l.saving
	s.running = false
	l.storeTrouble(err)
	if err == nil {
		s.failures = 0
		return
	}
	s.failures++
	_, uptime := l.o.Clock.Now()
	s.retry = uptime + min(time.Second<<min(s.failures-1, 5), maxStoreRetry)
}

// storeTrouble notes why the store cannot be used; nil: it can.
func (l *loop) storeTrouble(err error) {
	l.changed = l.changed || (err == nil) != (l.saving.err == nil)
	l.saving.err = err
	l.log.trouble("store", "the history cannot be used; the wall goes on from memory, and tries again",
		"the history can be used again", err)
}

// lastGoodLoad reads the last good file from the store.
type lastGoodLoad struct {
	store Store
	file  LastGood
	err   error
}

func (t *lastGoodLoad) run(ctx context.Context) { t.file, t.err = t.store.LastGood(ctx) }

func (t *lastGoodLoad) finish(l *loop) {
	l.stored(t.err)
	if t.err == nil {
		l.lastGoodLoaded(t.file)
	}
}

// sourceLoad reads what the store has of a source.
type sourceLoad struct {
	store Store
	key   source.Key
	known source.Known
	err   error
}

func (t *sourceLoad) run(ctx context.Context) { t.known, t.err = t.store.Load(ctx, t.key) }

func (t *sourceLoad) finish(l *loop) {
	l.stored(t.err)
	s := l.sources[t.key]
	switch {
	case s == nil || t.err != nil:
		return
	case s.load == loadFailed: // polls went on meanwhile
		t.known, s.unsaved = facts.Join(t.known, s.known, l.now())
		s.marked = true
	}
	s.known, s.load = t.known, loaded
	l.factsChanged()
}

// sourceSave writes what changed of a source.
type sourceSave struct {
	store    Store
	key      source.Key
	known    source.Known
	changes  source.Changes
	replaced bool
	err      error
}

func (t *sourceSave) run(ctx context.Context) {
	t.replaced, t.err = t.store.Save(ctx, &t.known, t.changes)
}

func (t *sourceSave) finish(l *loop) {
	l.stored(t.err)
	if t.err != nil {
		s := l.sources[t.key]
		later := s.unsaved
		s.unsaved, s.marked = t.changes, true
		s.unsaved.Add(later)
	}
	if !t.replaced {
		return
	}
	for _, s := range l.sources {
		s.unsaved, s.marked = s.known.All(), true
	}
	if p := l.policy; p != nil {
		l.saving.lastGood = &LastGood{p.file, p.Config}
	}
}

// lastGoodSave writes the file in force for the next start.
type lastGoodSave struct {
	store Store
	file  LastGood
	err   error
}

func (t *lastGoodSave) run(ctx context.Context) { t.err = t.store.SaveLastGood(ctx, t.file) }

func (t *lastGoodSave) finish(l *loop) {
	l.stored(t.err)
	if t.err != nil && l.saving.lastGood == nil {
		l.saving.lastGood = &t.file
	}
}

// dropSources drops sources that no policy reads and of which all is stored.
func (l *loop) dropSources() {
	if l.saving.running {
		return // it may fail, and then what it was to write is needed
	}
	for key, s := range l.sources {
		if !l.policy.reads(key) && !l.reload.candidate.reads(key) && s.isSaved() {
			delete(l.sources, key)
		}
	}
}

// allStored reports whether all that is known is stored.
func (l *loop) allStored() bool {
	for _, s := range l.sources {
		if !s.isSaved() {
			return false
		}
	}
	return !l.saving.running && l.saving.lastGood == nil
}
