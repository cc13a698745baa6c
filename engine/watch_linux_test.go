package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Opening a pipe to read would block until somebody writes.
func TestWatchNamedPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	must(t, syscall.Mkfifo(path, 0o644))
	r := start(t, &Watcher{Path: path, Poll: time.Hour, Settle: 8 * time.Millisecond})
	r.fails("read " + path + ": it is a named pipe: want a regular file")
	must(t, os.Remove(path))
	write(t, path, "good")
	r.content("good")
}

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

	w := &Watcher{Path: path, Poll: 5 * time.Millisecond, Settle: 4 * time.Millisecond}
	r := start(t, w)
	first := r.fails("read " + path + ": too many open files")
	if first.Warning == "" {
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
