package engine

import (
	"errors"
	"path/filepath"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
)

// A listener takes the events of one fsnotify.Watcher as they come and makes
// them one signal. It never waits for the vigil: fsnotify 1.10.1 sends some
// errors with its lock held, and then Add, WatchList and Close would wait for
// the very goroutine that calls them (a directory that is renamed and removed
// at once does it).
type listener struct {
	watcher *fsnotify.Watcher
	names   atomic.Pointer[map[string]bool] // events about other base names are noise
	stirred chan struct{}                   // one slot: something happened since the last look
	broken  chan error                      // one slot: why the watcher must be made anew
	done    chan struct{}                   // closed when the goroutine is gone
}

func listen(watcher *fsnotify.Watcher, names map[string]bool) *listener {
	l := &listener{
		watcher: watcher,
		stirred: make(chan struct{}, 1),
		broken:  make(chan error, 1),
		done:    make(chan struct{}),
	}
	l.names.Store(&names)
	go l.run()
	return l
}

// run ends when the watcher is closed, which closes both its channels.
func (l *listener) run() {
	defer close(l.done)
	for {
		select {
		case ev, ok := <-l.watcher.Events:
			if !ok {
				l.fail(fsnotify.ErrClosed)
				return
			}
			// Only names are compared: a directory's path may have changed since.
			if (*l.names.Load())[filepath.Base(ev.Name)] {
				l.stir()
			}
		case err, ok := <-l.watcher.Errors:
			switch {
			case !ok:
				l.fail(fsnotify.ErrClosed)
				return
			case errors.Is(err, fsnotify.ErrEventOverflow):
				l.stir() // the watches are still there, and a look makes good what was lost
			default:
				l.fail(err)
			}
		}
	}
}

func (l *listener) stir() {
	select {
	case l.stirred <- struct{}{}:
	default:
	}
}

func (l *listener) fail(err error) {
	select {
	case l.broken <- err:
	default:
	}
}

// close ends the watcher and waits until its descriptor and the goroutine are gone.
func (l *listener) close() {
	l.watcher.Close() // its only error says that it is closed already
	<-l.done
}
