package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// maxMoves bounds the new sets of watches between two polls, for directories
	// that something swaps all the time and for watches that break all the time.
	maxMoves = 40

	// maxPause is the longest pause, in polls, before inotify is tried again.
	maxPause = 12
)

// An outlook holds the watches on the directories of a trail. It may be blind:
// the vigil then relies on its timer. The zero outlook is blind for ever.
type outlook struct {
	open func() (*fsnotify.Watcher, error) // nil: no events are wanted
	poll time.Duration                     // for the text of warnings

	ears    *listener              // nil: blind
	dirs    map[string]fs.FileInfo // what each directory of the trail was when the watches were set
	watched []string               // those of them that have a watch
	partial bool                   // a directory that matters has no watch

	moves int // new sets of watches since the last tick
	fails int // failures in a row
	pause int // ticks to let pass before the next try

	warning string          // not yet told; the vigil takes it
	warned  map[string]bool // warnings that were made
}

// stirred has a value when something happened to the file. It is nil while
// blind, which blocks.
func (o *outlook) stirred() <-chan struct{} {
	if o.ears == nil {
		return nil
	}
	return o.ears.stirred
}

// broken has a value when the watches must be given up. It is nil while blind,
// which blocks.
func (o *outlook) broken() <-chan error {
	if o.ears == nil {
		return nil
	}
	return o.ears.broken
}

// giveUp closes the watches after an error. At first the next look makes them
// anew, without a word: a directory that is renamed and removed at once gives
// such an error each time.
func (o *outlook) giveUp(err error) {
	o.close()
	if o.fails > 0 || o.moves >= maxMoves {
		o.fail(err)
	}
}

// tick notes that a poll interval has passed.
func (o *outlook) tick() {
	o.moves = 0
	switch {
	case o.pause > 0:
		o.pause--
	case o.ears != nil && !o.partial:
		o.fails = 0
	}
}

// follow sets the watches that t needs, unless they are there. It reports
// whether new ones were set, so that a look must follow: what changed before
// them gave no event.
func (o *outlook) follow(t trail) bool {
	if o.open == nil || len(t.dirs) == 0 || o.moves >= maxMoves {
		return false
	}
	if o.ears != nil {
		o.ears.names.Store(&t.names)
	}
	retry := (o.ears == nil || o.partial) && o.pause == 0
	if !retry && (o.ears == nil || o.current(t)) {
		return false
	}
	o.moves++
	o.close()
	watcher, err := o.open()
	if err != nil {
		o.fail(err)
		return false
	}
	o.ears = listen(watcher, t.names)
	o.set(t)
	return true
}

// set adds the watches. Missing ones are no error here: a directory that went
// away since the trace makes the next look set them again.
func (o *outlook) set(t trail) {
	o.dirs, o.watched, o.partial = map[string]fs.FileInfo{}, nil, false
	var failed error
	for i, dir := range slices.Concat(t.dirs, t.above) {
		info, err := os.Stat(dir)
		if err != nil || o.dirs[dir] != nil {
			continue
		}
		if o.knows(info) { // the same directory by another path; inotify has one watch per inode
			o.dirs[dir] = info
			continue
		}
		switch err := o.ears.watcher.Add(dir); {
		case err == nil:
			o.dirs[dir] = info
			o.watched = append(o.watched, dir)
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		case i < len(t.dirs):
			o.dirs[dir] = info
			failed = err
		default: // without the watch on a parent, its renaming is seen by the next poll
			o.dirs[dir] = info
		}
	}
	if failed != nil {
		o.partial = true
		o.fail(failed)
	}
}

func (o *outlook) knows(info fs.FileInfo) bool {
	for _, dir := range o.watched {
		if os.SameFile(o.dirs[dir], info) {
			return true
		}
	}
	return false
}

// current reports whether the watches are those that t needs: the same paths,
// still leading to the same directories, and none of the watches lost, as
// happens to those of a directory that was renamed away and put back.
func (o *outlook) current(t trail) bool {
	dirs := slices.Concat(t.dirs, t.above)
	for _, dir := range dirs {
		was := o.dirs[dir]
		info, err := os.Stat(dir)
		if err != nil || was == nil || !os.SameFile(was, info) || was.Mode() != info.Mode() {
			return false
		}
	}
	for dir := range o.dirs {
		if !slices.Contains(dirs, dir) {
			return false
		}
	}
	kept := o.ears.watcher.WatchList()
	for _, dir := range o.watched {
		if !slices.Contains(kept, dir) {
			return false
		}
	}
	return true
}

// fail plans the next try, after a pause that doubles, and makes the warning.
// Its text is the same for every directory, so that each cause is told once.
func (o *outlook) fail(err error) {
	o.pause = min(1<<o.fails, maxPause)
	o.fails = min(o.fails+1, 8)
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC):
		hint = ": raise fs.inotify.max_user_watches"
	case errors.Is(err, syscall.EMFILE):
		hint = ": raise fs.inotify.max_user_instances or the limit of open files"
	case errors.Is(err, fs.ErrPermission):
		hint = ": a directory on the way to the file is not readable"
	}
	text := fmt.Sprintf("watch with inotify: %v%s; edits are seen every %v", err, hint, o.poll)
	if o.warned[text] {
		return
	}
	if o.warned == nil {
		o.warned = map[string]bool{}
	}
	o.warned[text] = true
	o.warning = text
}

// close gives up the watches, and waits until their descriptors are released.
func (o *outlook) close() {
	if o.ears != nil {
		o.ears.close()
		o.ears = nil
	}
}
