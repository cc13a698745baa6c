// Package watch reports each new content of one file.
//
// It watches the directory of the file, and that of the file it links to. It also looks
// at the file on a timer, because events do not exist everywhere: NFS, 9p and FUSE have
// none, bind mounts and hard links hide them, and a link further up the path is not
// watched.
package watch

import (
	"context"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	defaultPoll   = 5 * time.Second
	defaultSettle = 250 * time.Millisecond
	maxSize       = 64 << 10        // bytes of the file
	answerTime    = 2 * time.Second // for one look at the file
)

// A Watcher watches one file. It compares contents by SHA-256: touching the file, or
// saving the same bytes, reports nothing. Set all fields before Watch. Path is required.
type Watcher struct {
	Path      string        // of the file; each look follows its symbolic links anew
	Poll      time.Duration // longest time between two looks at the file; 0: 5 s
	Settle    time.Duration // how long a new content must stay the same before it is reported; 0: 250 ms
	Heartbeat func()        // called after each look, so at least once in Poll and 2 s; must not wait; nil: not called

	events func() (*fsnotify.Watcher, error) // for tests; nil: fsnotify.NewWatcher
	read   func(path string) Saved           // for tests; nil: Read

	once  sync.Once
	again chan struct{} // one slot: several calls of Again before a look are one
}

// Saved is the content of the file, or why there is none.
type Saved struct {
	Path string // as in Watcher
	Data []byte // the receiver's own, at most 64 KiB; nil with Err
	Hash string // SHA-256 of Data in lower-case hexadecimal; "" with Err

	// Err says why there is no content: the file is missing (fs.ErrNotExist), may not be
	// read (fs.ErrPermission), is too long, is no regular file, or does not answer. The
	// same error is reported once until the state changes.
	Err error

	// Forced says that Again asked for this report. The content may be that of the
	// report before.
	Forced bool

	// Warning says why changes may be seen late or never: inotify does not work, or the
	// file is mounted and was replaced. It is for the log. Each text comes once, in a
	// report that may otherwise repeat the one before; mostly it is "".
	Warning string
}

// Watch sends the file's content at once, and then each time that it changed and has
// settled. The channel holds no queue: a slow receiver gets the newest report only. No
// state of the file or of the system ends the watching. When ctx ends, Watch releases its
// descriptors and then closes the channel; a file system that hangs keeps its own. Call
// Watch once.
func (w *Watcher) Watch(ctx context.Context) <-chan Saved {
	reports := make(chan Saved)
	l := newLoop(w)
	go func() {
		defer close(reports)
		l.run(ctx, reports)
		l.close()
	}()
	return reports
}

// Again reads the file again and reports it even if its content is unchanged; SIGHUP asks
// for it. A file that is just being written is still left to settle. Again never blocks.
// Any goroutine may call it, also before Watch.
func (w *Watcher) Again() {
	select {
	case w.requests() <- struct{}{}:
	default: // one is waiting already, and its look is still to come
	}
}

func (w *Watcher) requests() chan struct{} {
	w.once.Do(func() { w.again = make(chan struct{}, 1) })
	return w.again
}
