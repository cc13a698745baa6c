package engine

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Store keeps what is known of sources over restarts. One method is called at a time,
// beside the loop: they may wait, but end soon after their context does.
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

// reading says how far a source was read from the store.
type reading int

const (
	notRead     reading = iota
	notReadable         // it was tried: what is known is what polls have brought since the start
	wasRead
)

// held is what is known of a source, and what of it is not stored yet.
type held struct {
	known   source.Known
	reading reading
	unsaved source.Changes
	marked  bool // a poll ended that is not told to the store yet
}

// isSaved reports whether all that is known is stored.
func (h *held) isSaved() bool { return !h.marked && h.unsaved.Empty() }

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
	// storePatience is how long a store may take before the wall goes on without it.
	storePatience = 5 * time.Second
	// maxStoreRetry bounds the wait before a store that does not work is tried again.
	maxStoreRetry = 15 * time.Second
)

// source returns what is known of a source.
func (l *loop) source(key source.Key) *held {
	h := l.sources[key]
	if h == nil {
		h = &held{known: source.Known{Key: key}}
		if l.o.Store == nil {
			h.reading = wasRead
		}
		l.sources[key] = h
	}
	return h
}

// known returns what is known of all sources.
func (l *loop) known() []source.Known {
	list := make([]source.Known, 0, len(l.sources))
	for _, h := range l.sources {
		list = append(list, h.known)
	}
	return list
}

// startStore does one thing that the store has to do. While it fails, or does not answer,
// the wall goes on from what polls bring.
func (l *loop) startStore(ctx context.Context, uptime time.Duration) {
	s := &l.saving
	if s.running && s.err == nil && uptime-s.began >= storePatience {
		l.storeTrouble(errors.New("it does not answer"))
	}
	for _, h := range l.sources {
		if s.err != nil && h.reading == notRead {
			h.reading = notReadable
		}
	}
	if l.o.Store == nil || s.running || s.failures > 0 && uptime < s.retry {
		return
	}
	if work := l.storeWork(); work != nil {
		s.running, s.began = true, uptime
		l.start(ctx, work)
	}
}

// storeWork returns what the store has to do next: what is needed first comes first. Nil:
// nothing.
func (l *loop) storeWork() func(context.Context) result {
	s, store := &l.saving, l.o.Store
	if l.reload.lastGood == nil {
		return func(ctx context.Context) result {
			g, err := store.LastGood(ctx)
			return lastGoodLoaded{g, err}
		}
	}
	for key, h := range l.sources {
		if h.reading != wasRead {
			return func(ctx context.Context) result {
				known, err := store.Load(ctx, key)
				return sourceLoaded{key, known, err}
			}
		}
	}
	if g := s.lastGood; g != nil {
		s.lastGood = nil
		return func(ctx context.Context) result { return lastGoodSaved{*g, store.SaveLastGood(ctx, *g)} }
	}
	for key, h := range l.sources {
		if !h.isSaved() {
			known, changes := h.known, h.unsaved
			h.marked, h.unsaved = false, source.Changes{Key: key}
			return func(ctx context.Context) result {
				replaced, err := store.Save(ctx, &known, changes)
				return sourceSaved{key, changes, replaced, err}
			}
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
	l.log.trouble("store", "the history cannot be used; the wall goes on from memory, and tries again", "the history can be used again", err)
}

// sourceLoaded is what the store has of a source.
type sourceLoaded struct {
	key   source.Key
	known source.Known
	err   error
}

func (r sourceLoaded) take(l *loop) {
	l.stored(r.err)
	h := l.sources[r.key]
	switch {
	case h == nil || r.err != nil:
		return
	case h.reading == notReadable: // polls went on meanwhile
		r.known, h.unsaved = facts.Join(r.known, h.known, l.now())
		h.marked = true
	}
	h.known, h.reading = r.known, wasRead
	l.learned()
}

// sourceSaved is what became of writing changes.
type sourceSaved struct {
	key      source.Key
	changes  source.Changes
	replaced bool
	err      error
}

func (r sourceSaved) take(l *loop) {
	l.stored(r.err)
	if h := l.sources[r.key]; r.err != nil {
		later := h.unsaved
		h.unsaved, h.marked = r.changes, true
		h.unsaved.Add(later)
	}
	if !r.replaced {
		return
	}
	for _, h := range l.sources {
		h.unsaved, h.marked = h.known.All(), true
	}
	if p := l.policy; p != nil {
		l.saving.lastGood = &LastGood{p.file, p.Config}
	}
}

// lastGoodSaved is what became of keeping the file in force for the next start.
type lastGoodSaved struct {
	file LastGood
	err  error
}

func (r lastGoodSaved) take(l *loop) {
	l.stored(r.err)
	if r.err != nil && l.saving.lastGood == nil {
		l.saving.lastGood = &r.file
	}
}

// forget lets go of sources that no policy reads and of which all is stored.
func (l *loop) forget() {
	if l.saving.running {
		return // it may fail, and then what it was to write is needed
	}
	for key, h := range l.sources {
		if !l.policy.reads(key) && !l.reload.candidate.reads(key) && h.isSaved() {
			delete(l.sources, key)
		}
	}
}

// allStored reports whether all that is known is stored.
func (l *loop) allStored() bool {
	for _, h := range l.sources {
		if !h.isSaved() {
			return false
		}
	}
	return !l.saving.running && l.saving.lastGood == nil
}
