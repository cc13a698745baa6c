package engine

import (
	"context"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Defaults of a Watcher.
const (
	defaultPoll    = 5 * time.Second
	defaultSettle  = 250 * time.Millisecond
	defaultMaxSize = 64 << 10
)

// A Watcher reports each new content of one file. It watches the directories
// that lead to the file, and reads the file on a timer as well, because events
// do not exist everywhere: NFS, 9p and FUSE have none, and bind mounts and hard
// links hide them.
//
// Contents are compared by SHA-256: touching the file, or saving the same bytes,
// reports nothing. All fields are set before Watch and not changed after it. The
// zero values are defaults, but Path is required.
type Watcher struct {
	Path     string        // the file; symbolic links are followed anew at every look
	Poll     time.Duration // longest time between two looks at the file; 0: 5 s
	Settle   time.Duration // how long a new content must stay the same before it is reported; 0: 250 ms
	MaxSize  int           // longest file that is read, in bytes; 0: 64 KiB
	NoEvents bool          // look on the timer only
	Beat     func()        // called at each look, so at least once each Poll; must not wait; nil: nobody

	newEvents func() (*fsnotify.Watcher, error) // for tests; nil: fsnotify.NewWatcher

	once sync.Once
	kick chan struct{} // one slot: several calls of Again before a look are one
}

// Saved is what a Watcher found: a content, or why there is none.
type Saved struct {
	Path string // as in Watcher
	Data []byte // the receiver's own; nil with Err
	Hash string // SHA-256 of Data in lower-case hexadecimal; "" with Err

	// Err says why there is no content: the file is missing (fs.ErrNotExist),
	// may not be read (fs.ErrPermission), is too long, or is a directory, a
	// pipe, a device. The same error is reported once until the state changes.
	Err error

	// Forced says that Again asked for this report. The content may be the one
	// of the report before.
	Forced bool

	// Warning is a trouble of the watching itself, for the log: events are
	// missing, edits are seen by polling. Each text comes once, in a report that
	// may otherwise repeat the one before; "" is the rule.
	Warning string
}

// Watch sends the file's content at once, and then each time it changed and has
// settled. The channel holds no queue: a slow receiver gets the newest report
// and none of those it missed. No state of the file or of the system ends the
// watching. The channel is closed after ctx ended, when the goroutine's
// descriptors are released; only a file system that hangs can delay that.
// Watch is called once.
func (w *Watcher) Watch(ctx context.Context) <-chan Saved {
	out := make(chan Saved)
	v := newVigil(w)
	go func() {
		defer close(out)
		defer v.outlook.close()
		v.run(ctx, out)
	}()
	return out
}

// Again reads the file again and reports it even when its content is unchanged;
// SIGHUP asks for it. A file that is just being written is still left to settle.
// It never blocks, and may be called from any goroutine, also before Watch.
func (w *Watcher) Again() {
	select {
	case w.kicks() <- struct{}{}:
	default: // one is waiting already, and its look is still to come
	}
}

func (w *Watcher) kicks() chan struct{} {
	w.once.Do(func() { w.kick = make(chan struct{}, 1) })
	return w.kick
}
