package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// retryLooks is how many looks pass before a failed inotify is opened again: a minute, by
// default, while the file rests.
const retryLooks = 12

// directories holds the watches on the directories of one file. Without them its methods
// still work, and no event comes.
type directories struct {
	path    string
	poll    time.Duration // for the text of warnings
	open    func() (*fsnotify.Watcher, error)
	changed chan<- struct{} // one slot: something happened to the file

	watcher *fsnotify.Watcher // nil: none
	broken  chan error        // why the watcher is of no more use; closed when listen returned
	pause   int               // looks until the next try

	watched []string                        // the directories at the last look
	names   atomic.Pointer[map[string]bool] // events about other base names are of other files
}

// follow watches the directories of the file, and no others. It returns a warning if
// events may be missing. A change after follow gives an event, so the caller reads the
// file afterwards.
func (d *directories) follow() (warning string) {
	select {
	case err, ok := <-d.broken:
		if !ok {
			err = fsnotify.ErrClosed
		}
		return d.fail(err)
	default:
	}
	if d.watcher == nil {
		if d.pause--; d.pause > 0 {
			return ""
		}
		watcher, err := d.open()
		if err != nil {
			return d.fail(err)
		}
		d.watcher, d.broken = watcher, make(chan error, 1)
		go d.listen(watcher, d.broken)
	}
	watched, names := resolve(d.path)
	if before := d.names.Swap(&names); before == nil || !maps.Equal(*before, names) || !slices.Equal(watched, d.watched) {
		d.watched = watched
		d.signal() // a link may have been replaced before its directory was watched: look once more
	}
	for _, dir := range d.watcher.WatchList() {
		if !slices.Contains(watched, dir) {
			_ = d.watcher.Remove(dir) // fails if the directory is gone, and its watch with it
		}
	}
	for _, dir := range watched {
		// Adding a watch again does nothing, unless the directory is another one now, or
		// was renamed and so lost its watch.
		err := d.watcher.Add(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			warning = d.warning(err)
		}
	}
	return warning
}

// resolve returns the directories of path, of the path it links to, and of the file where
// all links end; and the names that a change of the file or of a link can be about.
func resolve(path string) (dirs []string, names map[string]bool) {
	paths := []string{path}
	if target, ok := linkTarget(path); ok {
		paths = append(paths, target)
	}
	if file, err := filepath.EvalSymlinks(path); err == nil {
		paths = append(paths, file)
	}
	for _, p := range paths {
		if dir, err := filepath.EvalSymlinks(filepath.Dir(p)); err == nil && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	names = map[string]bool{}
	for _, p := range slices.Concat(paths, dirs) {
		for _, name := range strings.Split(p, string(filepath.Separator)) {
			names[name] = true
		}
	}
	return dirs, names
}

// listen makes one signal of the events. It never waits for follow or close: fsnotify
// 1.10.1 sends some errors with its lock held, and then Add, Remove, WatchList and Close
// wait until somebody has received them. listen returns when the watcher is closed.
func (d *directories) listen(watcher *fsnotify.Watcher, broken chan<- error) {
	defer d.signal()
	defer close(broken)
	for {
		select {
		case event, ok := <-watcher.Events:
			if !ok {
				return
			}
			// Only names are compared: the directory's path may have changed since.
			if (*d.names.Load())[filepath.Base(event.Name)] {
				d.signal()
			}
		case err, ok := <-watcher.Errors:
			if !ok {
				return
			}
			// Events were lost, or a directory was renamed and removed at once. The next
			// look sees what changed, and other watches still work.
			if !errors.Is(err, fsnotify.ErrEventOverflow) && !errors.Is(err, syscall.EINVAL) {
				select {
				case broken <- err:
				default:
				}
			}
			d.signal()
		}
	}
}

func (d *directories) signal() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// fail gives up the watches until retryLooks have passed.
func (d *directories) fail(err error) (warning string) {
	d.close()
	d.pause = retryLooks
	return d.warning(err)
}

// warning has the same text for each directory, so that each cause is told once.
func (d *directories) warning(err error) string {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC):
		hint = ": raise fs.inotify.max_user_watches"
	case errors.Is(err, syscall.EMFILE):
		hint = ": raise fs.inotify.max_user_instances or the limit of open files"
	case errors.Is(err, fs.ErrPermission):
		hint = ": a directory on the way to the file is not readable"
	}
	return fmt.Sprintf("watch with inotify: %v%s; edits are seen every %v", err, hint, d.poll)
}

// close releases the descriptor of the watches, and waits until listen returned.
func (d *directories) close() {
	if d.watcher == nil {
		return
	}
	_ = d.watcher.Close() // fails only if it was closed before
	for range d.broken {
	}
	d.watcher, d.broken = nil, nil
}
