// Package watch reports each new content of one file.
//
// It watches the directory of the file, and that of the file it links to. Every few
// seconds it also looks at the file itself, because events do not exist everywhere: NFS,
// 9p and FUSE have none, bind mounts and hard links hide them, and links further up the
// path are not watched.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	maxSize     = 64 << 10        // bytes of the file
	lookTimeout = 2 * time.Second // of one look at it
	// maxLooks bounds the wait for a file that never rests: 30 s, far beyond any editor.
	maxLooks = 120
)

// A Watcher watches one file. It compares contents by SHA-256: touching the file, or
// saving the same bytes, reports nothing. Make one with [New].
type Watcher struct {
	path      string
	heartbeat func()
	poll      time.Duration                     // the longest time between two looks at the file
	debounce  time.Duration                     // how long a new content has to stay the same
	open      func() (*fsnotify.Watcher, error) // inotify
	read      func(path string) Saved
	reload    chan struct{} // one slot: several calls of Reload before a look are one

	// Only the goroutine of Watch uses what follows.
	timer    *time.Timer // for the next look; while one is under way, for the end of its time
	looks    chan Saved  // takes what a look found
	looking  bool        // one is under way
	soon     bool        // the next one comes within the debounce
	reloaded bool        // Reload asked for the next report
	inotify  *fsnotify.Watcher
	report   Saved  // the newest; the zero Saved before the first
	sent     string // state of the report that was received last
	found    string // state that the last look found, while news > 0
	news     int    // looks in a row that found something to report
}

// New returns a watcher of the file at path. Each look follows its symbolic links anew.
// heartbeat is called after each look, so at least every 7 s; it must not wait.
func New(path string, heartbeat func()) *Watcher {
	return &Watcher{
		path: path, heartbeat: heartbeat, poll: 5 * time.Second, debounce: 250 * time.Millisecond,
		open: fsnotify.NewWatcher, read: Read, reload: make(chan struct{}, 1), looks: make(chan Saved, 1), sent: Saved{}.state(),
	}
}

// Reload reads the file again and reports it even if its content is unchanged; SIGHUP asks
// for it. A file that is just being written is still read only when it rests. Reload never blocks.
// Any goroutine may call it, also before Watch.
func (w *Watcher) Reload() {
	select {
	case w.reload <- struct{}{}:
	default: // one is waiting already, and its look is still to come
	}
}

// ReloadOn calls Reload at each signal, until ctx ends.
func (w *Watcher) ReloadOn(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-signals:
			w.Reload()
		case <-ctx.Done():
			return
		}
	}
}

// Watch sends the file's content at once, and then each time that it changed and stayed
// the same for the debounce. The channel holds no queue: a slow receiver gets the newest
// report only. No state of the file or of the system ends the watching. When ctx ends,
// Watch releases its descriptors and then closes the channel; a file system that hangs
// keeps its own. Call Watch once.
func (w *Watcher) Watch(ctx context.Context) <-chan Saved {
	reports := make(chan Saved)
	w.timer = time.NewTimer(0)
	go func() {
		defer close(reports)
		defer w.close()
		for ctx.Err() == nil {
			w.step(ctx, reports)
		}
	}()
	return reports
}

// step waits for one thing to happen.
func (w *Watcher) step(ctx context.Context, reports chan<- Saved) {
	if !w.isUnsent() {
		reports = nil
	}
	var events chan fsnotify.Event
	var errs chan error
	if w.inotify != nil {
		events, errs = w.inotify.Events, w.inotify.Errors
	}
	select {
	case <-ctx.Done():
	case reports <- w.report:
		w.sent, w.report.Reloaded = w.report.state(), false
	case <-w.reload:
		w.reloaded = true
		w.hasten()
	case _, ok := <-events: // also of other files in the directory
		if ok {
			w.hasten()
		} else {
			w.inotify = nil // the next look opens another
		}
	case <-errs: // events were lost
		go closeInotify(w.inotify)
		w.inotify = nil
		w.hasten()
	case file := <-w.looks:
		w.looking = false
		w.update(file)
	case <-w.timer.C:
		w.soon = false
		if w.looking { // it hangs, and goes on
			w.update(Saved{Err: fmt.Errorf("read %s: it does not answer within %v", w.path, lookTimeout)})
		} else {
			w.look()
		}
	}
}

// isUnsent reports whether the receiver does not know the newest report.
func (w *Watcher) isUnsent() bool { return w.report.Reloaded || w.report.state() != w.sent }

// look begins to look at the file. It does not wait, because a file system may hang.
func (w *Watcher) look() {
	var failed error
	if w.inotify == nil {
		w.inotify, failed = w.open()
	}
	w.looking = true
	w.timer.Reset(lookTimeout)
	inotify := w.inotify
	go func() {
		if failed == nil {
			failed = follow(inotify, w.path)
		}
		file := w.read(w.path)
		file.warn(failed, w.poll)
		w.looks <- file
	}()
}

// hasten brings the next look forward. Events come in groups, so it waits a little.
func (w *Watcher) hasten() {
	if !w.soon && !w.looking {
		w.timer.Reset(w.debounce / 4)
	}
	w.soon = true
}

// update takes in the state of the file, and sets the time of the next look. News are
// reported when two looks, the debounce apart, found the same.
func (w *Watcher) update(file Saved) {
	w.heartbeat()
	next := w.poll
	if w.soon {
		next = w.debounce / 4
	}
	state := file.state()
	rests := w.report.Hash == "" && w.report.Err == nil || w.news > 0 && state == w.found || w.news >= maxLooks
	switch {
	case state == w.report.state() && !w.reloaded:
		w.news = 0
	case !rests:
		w.found, w.news, w.soon, next = state, w.news+1, true, w.debounce
	default:
		file.Reloaded = w.reloaded || w.report.Reloaded
		w.report, w.reloaded, w.news = file, false, 0
	}
	w.timer.Reset(next)
}

// close releases the watches, but not those of a look that hangs.
func (w *Watcher) close() {
	if w.looking {
		select {
		case <-w.looks:
		case <-time.After(lookTimeout):
			return
		}
	}
	if w.inotify != nil {
		closeInotify(w.inotify)
	}
}

// follow watches the directory of path, and that of the file where its links end, and no
// others. A change after it gives an event, so the caller reads the file afterwards.
func follow(inotify *fsnotify.Watcher, path string) error {
	var dirs []string
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		dirs = append(dirs, dir)
	}
	if file, err := filepath.EvalSymlinks(path); err == nil {
		dirs = append(dirs, filepath.Dir(file))
	}
	for _, dir := range inotify.WatchList() {
		if !slices.Contains(dirs, dir) {
			_ = inotify.Remove(dir) // fails if the directory is gone, and its watch with it
		}
	}
	var failed error
	for _, dir := range dirs {
		// Adding a watch once more does nothing, unless the directory is another one now, or
		// was renamed and so lost its watch.
		err := inotify.Add(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			failed = err
		}
	}
	return failed
}

// closeInotify releases the watches. It receives errors meanwhile, because fsnotify 1.10.1
// sends some with its lock held, and Close waits for that lock.
func closeInotify(inotify *fsnotify.Watcher) {
	go func() {
		for range inotify.Errors {
		}
	}()
	_ = inotify.Close() // fails only if it was closed before
}
