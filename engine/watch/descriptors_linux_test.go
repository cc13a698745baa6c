package watch

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const fewFiles = "FRIDAYCOUNTER_TEST_FEW_FILES"

// Without a free descriptor there is neither inotify nor a file to read: the
// watcher says so, goes on, and recovers when there are some. The limit is the
// process's, so the test runs in a child.
func TestWatchWithFewDescriptors(t *testing.T) {
	if os.Getenv(fewFiles) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestWatchWithFewDescriptors$", "-test.v")
		cmd.Env = append(os.Environ(), fewFiles+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "one")
	save, err := os.OpenFile(path, os.O_WRONLY, 0) // held open, to edit without a new descriptor
	must(t, err)
	defer save.Close()
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	before := limit.Cur
	limit.Cur = lowestFree(t)
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))

	w := newWatcher(path, 5*time.Millisecond, 4*time.Millisecond)
	r := start(t, w)
	first := r.fails("read " + path + ": too many open files")
	if first.Warning == nil {
		t.Errorf("got no warning in %+v", first)
	}
	limit.Cur = before
	must(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	r.content("one")
	_, err = save.WriteString("two")
	must(t, err)
	r.content("two")
}

// lowestFree returns the number that the next descriptor will have.
func lowestFree(t *testing.T) uint64 {
	t.Helper()
	f, err := os.Open("/")
	must(t, err)
	defer f.Close()
	return uint64(f.Fd())
}

// After the channel is closed nothing of the watcher is left. This test is not
// parallel: it counts what the whole process holds.
func TestWatchLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	write(t, path, "start")
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
		w := newWatcher(path, time.Hour, 4*time.Millisecond)
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
		w.Reload()
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
	for end := time.Now().Add(timeout); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got %d goroutines after 60 watchers, want %d", runtime.NumGoroutine(), goroutines)
		}
	}
}
