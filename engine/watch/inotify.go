package watch

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// directories returns those to watch: that of path, and that of the file where its links
// end.
func directories(path string) (dirs []string) {
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		dirs = append(dirs, dir)
	}
	if file, err := filepath.EvalSymlinks(path); err == nil && !slices.Contains(dirs, filepath.Dir(file)) {
		dirs = append(dirs, filepath.Dir(file))
	}
	return dirs
}

// follow watches dirs, and no others. A change after it gives an event, so the caller reads
// the file afterwards.
func follow(inotify *fsnotify.Watcher, dirs []string) error {
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
