package watch

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Without inotify the poll does the work, with a warning for as long as that is so.
func TestWatchWithoutInotify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want string
	}{
		{syscall.EMFILE, "what is saved is seen within 5ms, not at once: watch with inotify: too many open files: raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"},
		{syscall.ENOSPC, "what is saved is seen within 5ms, not at once: watch with inotify: no space left on device: raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"},
		{syscall.ENOSYS, "what is saved is seen within 5ms, not at once: watch with inotify: function not implemented"},
	}
	for _, tt := range tests {
		t.Run(tt.err.Error(), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "counter.cue")
			write(t, path, "one")
			var works atomic.Bool
			var made atomic.Int32
			w := newWatcher(path, 5*time.Millisecond, 4*time.Millisecond)
			w.open = func() (*fsnotify.Watcher, error) {
				if !works.Load() {
					return nil, tt.err
				}
				made.Add(1)
				return fsnotify.NewWatcher()
			}
			r := start(t, w)
			for _, text := range []string{"one", "two"} {
				replace(t, path, text)
				if got := r.content(text); got.Warning == nil || got.Warning.Error() != tt.want {
					t.Errorf("got warning %v, want %s", got.Warning, tt.want)
				}
			}
			works.Store(true)
			r.await("no warning", func(s Saved) bool { return s.Warning == nil })
			replace(t, path, "three")
			r.content("three")
			if got := made.Load(); got != 1 {
				t.Errorf("got %d watchers made, want none after it works", got)
			}
		})
	}
}

// When fsnotify ends by itself, or loses events, other watches take their place.
func TestWatchAfterEndOfEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "v0")
	made := make(chan *fsnotify.Watcher, 10)
	w := newWatcher(path, 10*time.Millisecond, 4*time.Millisecond)
	w.open = func() (*fsnotify.Watcher, error) {
		inotify, err := fsnotify.NewWatcher()
		if err == nil {
			made <- inotify
		}
		return inotify, err
	}
	r := start(t, w)
	r.content("v0")
	(<-made).Close()
	write(t, path, "v1")
	r.content("v1")
	(<-made).Errors <- fsnotify.ErrEventOverflow
	write(t, path, "v2")
	r.content("v2")
	<-made
	write(t, path, "v3")
	r.content("v3")
	if got := len(made); got != 0 {
		t.Errorf("got %d watchers made without need", got)
	}
}

// A watcher that always ends at once is not made in a tight loop, and the poll goes on.
func TestWatchWithBrokenEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "v0")
	var made, looks atomic.Int32
	w := newWatcher(path, 10*time.Millisecond, 4*time.Millisecond)
	w.heartbeat = func() { looks.Add(1) }
	w.open = func() (*fsnotify.Watcher, error) {
		made.Add(1)
		inotify, err := fsnotify.NewWatcher()
		if err == nil {
			inotify.Close()
		}
		return inotify, err
	}
	r := start(t, w)
	for i := range 30 {
		text := "v" + strconv.Itoa(i)
		replace(t, path, text)
		got := r.content(text)
		if want := "fsnotify: watcher already closed"; got.Warning == nil || !strings.HasSuffix(got.Warning.Error(), want) {
			t.Errorf("got warning %v, want %s", got.Warning, want)
		}
	}
	if got, most := made.Load(), looks.Load()+1; got > most {
		t.Errorf("got %d watchers made, want at most one for each of %d looks", got, most)
	}
}

// A directory whose parent was replaced has the same path and gives no event. The next
// look watches the new one.
func TestFollowWatchesNewDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "conf", "counter.cue")
	inotify, err := fsnotify.NewWatcher()
	must(t, err)
	defer closeInotify(inotify)
	for _, round := range []string{"first", "second", "third"} {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, follow(inotify, path))
		write(t, path, "x")
		for end := time.After(timeout); ; {
			select {
			case event := <-inotify.Events:
				if !event.Has(fsnotify.Create) || filepath.Base(event.Name) != "counter.cue" {
					continue
				}
			case <-end:
				t.Fatalf("%s directory: got no event", round)
			}
			break
		}
		must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, round)))
	}
}

// A watcher that ends before it began closes its channel too.
func TestWatchEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := New(filepath.Join(t.TempDir(), "counter.cue"), func() {})
	if s, ok := <-w.Watch(ctx); ok {
		t.Errorf("got report %+v, want a closed channel", s)
	}
}
