package watch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Without inotify the poll does the work, with one warning, and inotify is
// tried again, less and less often.
func TestWatchWithoutInotify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want string
	}{
		{syscall.EMFILE, "watch with inotify: too many open files: raise fs.inotify.max_user_instances or the limit of open files; edits are seen every 5ms"},
		{syscall.ENOSPC, "watch with inotify: no space left on device: raise fs.inotify.max_user_watches; edits are seen every 5ms"},
		{syscall.ENOSYS, "watch with inotify: function not implemented; edits are seen every 5ms"},
	}
	for _, tt := range tests {
		t.Run(tt.err.Error(), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "counter.cue")
			write(t, path, "one")
			var tries atomic.Int32
			w := &Watcher{Path: path, Poll: 5 * time.Millisecond, Settle: 4 * time.Millisecond}
			w.events = func() (*fsnotify.Watcher, error) {
				if tries.Add(1) <= 4 {
					return nil, tt.err
				}
				return fsnotify.NewWatcher()
			}
			r := start(t, w)
			if got := r.content("one"); got.Warning != tt.want {
				t.Errorf("got warning %q, want %q", got.Warning, tt.want)
			}
			replace(t, path, "two")
			if got := r.content("two"); got.Warning != "" {
				t.Errorf("got warning %q a second time", got.Warning)
			}
			for end := time.Now().Add(patience); tries.Load() < 5; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("got %d tries, want inotify tried until it works", tries.Load())
				}
			}
			replace(t, path, "three")
			r.content("three")
			if got := tries.Load(); got != 5 {
				t.Errorf("got %d tries, want none after it works", got)
			}
		})
	}
}

// When fsnotify ends by itself, the poll goes on, and watches are made anew later.
func TestWatchSurvivesEndOfEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "v0")
	made := make(chan *fsnotify.Watcher, 10)
	w := &Watcher{Path: path, Poll: 10 * time.Millisecond, Settle: 4 * time.Millisecond}
	w.events = func() (*fsnotify.Watcher, error) {
		events, err := fsnotify.NewWatcher()
		if err == nil {
			made <- events
		}
		return events, err
	}
	r := start(t, w)
	r.content("v0")
	(<-made).Close()
	const want = "watch with inotify: fsnotify: watcher already closed; edits are seen every 10ms"
	r.await("a warning", func(s Saved) bool { return s.Warning == want })
	write(t, path, "v1")
	r.content("v1")
	<-made // the next one
	write(t, path, "v2")
	r.content("v2")
	if got := len(made); got != 0 {
		t.Errorf("got %d watchers made without need", got)
	}
}

// A watcher that always ends at once must not be made in a tight loop, and the
// poll goes on.
func TestWatchBacksOffFromBrokenEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "v0")
	var made, looks atomic.Int32
	w := &Watcher{Path: path, Poll: 10 * time.Millisecond, Settle: 4 * time.Millisecond, Heartbeat: func() { looks.Add(1) }}
	w.events = func() (*fsnotify.Watcher, error) {
		made.Add(1)
		events, err := fsnotify.NewWatcher()
		if err == nil {
			events.Close()
		}
		return events, err
	}
	r := start(t, w)
	for i := range 30 {
		text := "v" + strconv.Itoa(i)
		replace(t, path, text)
		r.content(text)
	}
	got, most := made.Load(), 2+looks.Load()/retryLooks
	if got < 3 || got > most {
		t.Errorf("got %d watchers made in %d looks, want 3 to %d", got, looks.Load(), most)
	}
	var warnings []string
	for _, s := range r.list() {
		if s.Warning != "" {
			warnings = append(warnings, s.Warning)
		}
	}
	if want := "watch with inotify: fsnotify: watcher already closed; edits are seen every 10ms"; len(warnings) != 1 || warnings[0] != want {
		t.Errorf("got warnings %q, want once %q", warnings, want)
	}
}

// A link that is replaced after it was followed, and before its directory is watched,
// gives no event. So one more look follows whenever the directories are others than before.
func TestFollowAsksForOneMoreLook(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	path := filepath.Join(dir, "current", "counter.cue")
	for _, release := range []string{"v1", "v2"} {
		must(t, os.Mkdir(filepath.Join(dir, release), 0o755))
		write(t, filepath.Join(dir, release, "counter.cue"), release)
	}
	l := newLoop(&Watcher{Path: path})
	defer l.close()
	for i, tt := range []struct {
		release string
		want    int
	}{{"v1", 1}, {"v1", 0}, {"v2", 1}, {"v2", 0}} {
		relink(t, filepath.Join(dir, "current"), tt.release)
		if warning := l.directories.follow(); warning != "" {
			t.Fatal(warning)
		}
		if got, want := l.directories.watcher.WatchList(), []string{filepath.Join(dir, tt.release)}; !slices.Equal(got, want) {
			t.Errorf("look %d at %s: got watches on %q, want %q", i, tt.release, got, want)
		}
		if got := len(l.changed); got != tt.want {
			t.Errorf("look %d at %s: got %d more looks, want %d", i, tt.release, got, tt.want)
		}
		for len(l.changed) > 0 {
			<-l.changed
		}
	}
}

// A directory whose parent was replaced has the same path and gives no event. The next
// look watches the new one.
func TestFollowWatchesNewDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "conf", "counter.cue")
	l := newLoop(&Watcher{Path: path})
	defer l.close()
	for _, round := range []string{"first", "second", "third"} {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		l.directories.follow()
		for len(l.changed) > 0 {
			<-l.changed
		}
		write(t, path, "x")
		select {
		case <-l.changed:
		case <-time.After(patience):
			t.Fatalf("%s directory: got no event", round)
		}
		must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, round)))
	}
}

// A watcher that ends before it began closes its channel too.
func TestWatchEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := &Watcher{Path: filepath.Join(t.TempDir(), "counter.cue")}
	if s, ok := <-w.Watch(ctx); ok {
		t.Errorf("got report %+v, want a closed channel", s)
	}
}
