package engine

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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
	for i := range 20 {
		text := "v" + strconv.Itoa(i)
		replace(t, path, text)
		r.content(text)
	}
	// Two in each of the first polls, then a pause of 12 polls between: far fewer than looks.
	looks := int32(time.Since(begin)/(time.Millisecond)) + 20
	if got := made.Load(); got > looks/2 {
		t.Errorf("got %d watchers made, in which time %d looks fit", got, looks)
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

// After the channel is closed nothing of the watcher is left. This test is not
// parallel: it counts what the whole process holds.
func TestWatchLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	write(t, path, "start")
	if runtime.GOOS != "linux" {
		t.Skip("counts /proc/self/fd")
	}
	count := func() (inotify, all int) {
		entries, err := os.ReadDir("/proc/self/fd")
		must(t, err)
		for _, e := range entries {
			target, _ := os.Readlink("/proc/self/fd/" + e.Name())
			if strings.Contains(target, "inotify") {
				inotify++
			}
		}
		return inotify, len(entries)
	}
	round := func(i int) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		w := &Watcher{Path: path, Poll: time.Hour, Settle: 4 * time.Millisecond}
		ch := w.Watch(ctx)
		<-ch
		if inotify, _ := count(); inotify == 0 {
			t.Error("got no inotify descriptor while watching: this test would see no leak")
		}
		if i%2 == 0 { // else it ends with a report that nobody takes
			text := "v" + strconv.Itoa(i)
			replace(t, path, text)
			if got := string((<-ch).Data); got != text {
				t.Errorf("got %q, want %q", got, text)
			}
		}
		w.Again()
		cancel()
		for range ch {
		}
		if inotify, _ := count(); inotify != 0 {
			t.Errorf("got %d inotify descriptors after the channel was closed", inotify)
		}
	}
	round(0) // the runtime's own descriptors, made once
	goroutines := runtime.NumGoroutine()
	_, files := count()
	for i := range 60 {
		round(i + 1)
	}
	if _, got := count(); got > files {
		t.Errorf("got %d open files after 60 watchers, want %d", got, files)
	}
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got %d goroutines after 60 watchers, want %d", runtime.NumGoroutine(), goroutines)
		}
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
