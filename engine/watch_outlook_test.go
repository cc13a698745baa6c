package engine

import (
	"context"
	"os"
	"path/filepath"
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
			w.newEvents = func() (*fsnotify.Watcher, error) {
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

// When fsnotify ends under our hands, its watches are made anew at once: the
// poll of an hour would not see the edit.
func TestWatchSurvivesEndOfEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "v0")
	made := make(chan *fsnotify.Watcher, 10)
	w := &Watcher{Path: path, Poll: time.Hour, Settle: 8 * time.Millisecond}
	w.newEvents = func() (*fsnotify.Watcher, error) {
		events, err := fsnotify.NewWatcher()
		if err == nil {
			made <- events
		}
		return events, err
	}
	r := start(t, w)
	r.content("v0")
	(<-made).Close()
	<-made // the next one
	write(t, path, "v1")
	r.content("v1")
	if got := texts(r.list()); len(got) != 2 {
		t.Errorf("got reports %q, want no warning for what healed at once", got)
	}
}

// A watcher that always ends at once must not be made in a tight loop, and the
// poll goes on.
func TestWatchBacksOffFromBrokenEvents(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "v0")
	var made atomic.Int32
	w := &Watcher{Path: path, Poll: 10 * time.Millisecond, Settle: 4 * time.Millisecond}
	w.newEvents = func() (*fsnotify.Watcher, error) {
		made.Add(1)
		events, err := fsnotify.NewWatcher()
		if err == nil {
			events.Close()
		}
		return events, err
	}
	r := start(t, w)
	begin := time.Now()
	for i := range 30 {
		text := "v" + strconv.Itoa(i)
		replace(t, path, text)
		r.content(text)
	}
	// Each save takes about ten looks. The tries begin with pauses of 1, 2, 4, 8
	// polls and then come once in 12 polls.
	got, polls := int(made.Load()), int(time.Since(begin)/w.Poll)+1
	if most := 6 + polls/12; got < 3 || got > most {
		t.Errorf("got %d watchers made in at most %d polls, want 3 to %d", got, polls, most)
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

// A link that is replaced after it was followed, and before the watches are
// set, gives no event: one more look must follow.
func TestWatchLinkReplacedWhileWatchesAreSet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "current", "counter.cue")
	for _, release := range []string{"v1", "v2"} {
		must(t, os.Mkdir(filepath.Join(dir, release), 0o755))
		write(t, filepath.Join(dir, release, "counter.cue"), release)
	}
	must(t, os.Symlink("v1", filepath.Join(dir, "current")))
	made := make(chan bool, 10)
	w := &Watcher{Path: path, Poll: time.Hour, Settle: 8 * time.Millisecond}
	w.newEvents = func() (*fsnotify.Watcher, error) {
		if len(made) == 0 {
			if err := os.Remove(filepath.Join(dir, "current")); err != nil {
				return nil, err
			}
			if err := os.Symlink("v2", filepath.Join(dir, "current")); err != nil {
				return nil, err
			}
		}
		made <- true
		return fsnotify.NewWatcher()
	}
	r := start(t, w)
	r.content("v2")
	for end := time.Now().Add(patience); len(made) < 2 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	write(t, path, "v2, edited")
	r.content("v2, edited")
}

// What makes watches useless without a word of fsnotify: the next look must
// find out.
func TestOutlookNoticesLostWatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(t *testing.T, dir string) // dir/a/b/conf holds the file
		want bool                           // new watches are needed
	}{
		{"nothing happened", func(t *testing.T, dir string) {}, false},
		{"another file came", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "a/b/conf/other.cue"), "x")
		}, false},
		{"renamed away and put back", func(t *testing.T, dir string) {
			must(t, os.Rename(filepath.Join(dir, "a/b/conf"), filepath.Join(dir, "away")))
			must(t, os.Rename(filepath.Join(dir, "away"), filepath.Join(dir, "a/b/conf")))
		}, true},
		{"another tree under the same names", func(t *testing.T, dir string) {
			must(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "away")))
			must(t, os.MkdirAll(filepath.Join(dir, "a/b/conf"), 0o755))
			must(t, os.Chmod(filepath.Join(dir, "a/b/conf"), 0o700))
		}, true},
		{"directory made readable", func(t *testing.T, dir string) {
			must(t, os.Chmod(filepath.Join(dir, "a/b/conf"), 0o755))
		}, true},
		{"directory gone", func(t *testing.T, dir string) {
			must(t, os.RemoveAll(filepath.Join(dir, "a/b")))
		}, true},
		{"a link leads elsewhere", func(t *testing.T, dir string) {
			must(t, os.Mkdir(filepath.Join(dir, "new"), 0o755))
			write(t, filepath.Join(dir, "new/counter.cue"), "x")
			relink(t, filepath.Join(dir, "a/b/conf/counter.cue"), filepath.Join(dir, "new/counter.cue"))
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "a/b/conf/counter.cue")
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.Chmod(filepath.Dir(path), 0o700))
			write(t, path, "x")
			o := newVigil(&Watcher{Path: path}).outlook
			defer o.close()
			follow := func() bool {
				trail, err := trace(path)
				must(t, err)
				return o.follow(trail)
			}
			if !follow() || follow() {
				t.Fatal("want watches set by the first look, and not by the second")
			}
			tt.do(t, dir)
			// fsnotify drops a watch when it has read the event.
			got := follow()
			for end := time.Now().Add(patience); got != tt.want && time.Now().Before(end); got = follow() {
				time.Sleep(time.Millisecond)
			}
			if got != tt.want {
				t.Errorf("got new watches: %v, want %v", got, tt.want)
			}
		})
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
