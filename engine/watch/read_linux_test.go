package watch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Opening a pipe to read would block until somebody writes.
func TestWatchNamedPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	must(t, syscall.Mkfifo(path, 0o644))
	r := start(t, newWatcher(path, time.Hour, 8*time.Millisecond))
	r.fails("read " + path + ": it is a named pipe: want a regular file")
	must(t, os.Remove(path))
	write(t, path, "good")
	r.content("good")
}

// Files that the kernel makes up say that they are regular. A read of some would wait for
// the kernel's next message, as that of /proc/kmsg, which only root may open.
func TestWatchKernelFile(t *testing.T) {
	t.Parallel()
	for _, kernel := range []string{"/proc/kallsyms", "/proc/kmsg"} {
		path := filepath.Join(t.TempDir(), "counter.cue")
		must(t, os.Symlink(kernel, path))
		want := "it is not a file on a disk: want a regular file (it is a link to " + kernel + ")"
		if f, err := os.Open(kernel); err == nil {
			f.Close()
		} else {
			want = "permission denied"
		}
		r := start(t, newWatcher(path, 10*time.Millisecond, 4*time.Millisecond))
		r.await(want, func(s Saved) bool { return s.Err != nil && strings.Contains(s.Err.Error(), want) })
		must(t, os.Remove(path))
		write(t, path, "good")
		r.content("good")
	}
}

// A look that hangs, as on NFS without a server, stops neither the beats nor the reports,
// and is not joined by others. The file is read again when the look returns.
func TestWatchFileSystemHangs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "one")
	var hangs atomic.Bool
	var reads, beats atomic.Int64
	answer := make(chan struct{})
	w := newWatcher(path, 10*time.Millisecond, 4*time.Millisecond)
	w.heartbeat = func() { beats.Add(1) }
	w.read = func(path string) Saved {
		if hangs.Load() {
			reads.Add(1)
			<-answer
		}
		return Read(path)
	}
	r := start(t, w)
	r.content("one")
	hangs.Store(true)
	r.fails("read " + path + ": it does not answer within 2s")
	r.reload(w)
	for before := beats.Load(); beats.Load() < before+5; time.Sleep(time.Millisecond) {
	}
	if got := reads.Load(); got != 1 {
		t.Errorf("got %d reads that hang, want 1", got)
	}
	hangs.Store(false)
	replace(t, path, "two")
	close(answer)
	r.content("two")
}

// A file in /proc has no size. What the kernel makes up without end is refused.
func TestReadBounds(t *testing.T) {
	if got := Read("/proc/self/status"); got.Err != nil || len(got.Data) == 0 {
		t.Errorf("got %d bytes, error %v", len(got.Data), got.Err)
	}
	const endless = "/proc/kallsyms"
	want := "read " + endless + ": it is not a file on a disk: want a regular file"
	if got := Read(endless); got.Err == nil || got.Err.Error() != want {
		t.Errorf("got error %v, want %s", got.Err, want)
	}
}

// Below homes nothing can be seen where the unit of the service has ProtectHome: they are
// closed, or empty.
func TestReadSaysWhereHomesAreHidden(t *testing.T) {
	dir := t.TempDir()
	home, open := filepath.Join(dir, "home"), filepath.Join(dir, "root")
	must(t, os.Mkdir(home, 0o755))
	must(t, os.MkdirAll(filepath.Join(open, "me"), 0o755))
	link, linked := filepath.Join(dir, "counter.cue"), filepath.Join(dir, "linked")
	must(t, os.Symlink(link, filepath.Join(dir, "chain.cue")))
	must(t, os.Symlink(filepath.Join(home, "me"), linked))
	const hint = ": it is in a home directory, which a service cannot see (ProtectHome): move the policy to /etc/fridaycounter"
	tests := []struct {
		path, target string // target: where link leads to; "": it is none
		err          error
		want         string
	}{
		{"/etc/counter.cue", "", syscall.EACCES, "permission denied"},
		{home + "/me/counter.cue", "", syscall.EACCES, "read PATH: permission denied" + hint},
		{home + "/me/../me/counter.cue", "", syscall.EACCES, "read PATH: permission denied" + hint},
		{dir + "/homely/counter.cue", "", syscall.EACCES, "permission denied"},
		{home + "/me/counter.cue", "", syscall.ENOENT, "read PATH: no such file or directory" + hint},
		{open + "/me/counter.cue", "", syscall.ENOENT, "no such file or directory"}, // others are seen there
		{open + "/me/counter.cue", "", syscall.EACCES, "read PATH: permission denied" + hint},
		{link, home + "/me/wall.cue", syscall.EACCES, "read PATH: permission denied (it is a link to " + home + "/me)" + hint},
		{link, home + "/me/wall.cue", syscall.ENOENT, "read PATH: no such file or directory (it is a link to " + home + "/me)" + hint},
		{link, home + "/me/wall.cue", syscall.EIO, "input/output error (it is a link to " + home + "/me)"},
		{dir + "/chain.cue", home + "/me/wall.cue", syscall.EACCES, "read PATH: permission denied (it is a link to " + home + "/me)" + hint},
		{linked + "/wall.cue", "", syscall.ENOENT, "read PATH: no such file or directory (it is a link to " + home + "/me)" + hint},
		{link, "../wall.cue", syscall.EACCES, "permission denied (it is a link to " + filepath.Join(filepath.Dir(dir), "wall.cue") + ")"},
	}
	for _, tt := range tests {
		os.Remove(link)
		if tt.target != "" {
			must(t, os.Symlink(tt.target, link))
		}
		got := explain(tt.path, tt.err, []string{home, open})
		if want := strings.ReplaceAll(tt.want, "PATH", tt.path); got.Error() != want || !errors.Is(got, tt.err) {
			t.Errorf("%s to %q: got %q, want %q", tt.path, tt.target, got, want)
		}
		if hidden := strings.HasSuffix(tt.want, hint); errors.Is(got, ErrHome) != hidden {
			t.Errorf("%s to %q: got ErrHome %v, want %v", tt.path, tt.target, !hidden, hidden)
		}
	}
}

// A user without permission, who is no service, is told of that and not of ProtectHome.
func TestHomesAreHiddenFromServicesOnly(t *testing.T) {
	for id, hidden := range map[string]bool{"": false, "1ca5bcd25ae34c74a28e5b4bd7d1d4e2": true} {
		t.Setenv("INVOCATION_ID", id)
		if got := errors.Is(explain("/root/counter.cue", syscall.EACCES, hiddenHomes()), ErrHome); got != hidden {
			t.Errorf("INVOCATION_ID=%q: got ErrHome %v, want %v", id, got, hidden)
		}
	}
}

const mounts = "FRIDAYCOUNTER_TEST_MOUNTS"

// A mounted file that was replaced where it comes from never changes again: the watcher
// says so once. The test mounts in a child, which has mounts of its own.
func TestWatchReplacedMount(t *testing.T) {
	if os.Getenv(mounts) == "" {
		t.Parallel()
		cmd := exec.Command(os.Args[0], "-test.run=^TestWatchReplacedMount$", "-test.v")
		cmd.Env = append(os.Environ(), mounts+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
		out, err := cmd.CombinedOutput()
		_, failed := errors.AsType[*exec.ExitError](err)
		switch {
		case failed:
			t.Errorf("%v\n%s", err, out)
		case err != nil && os.Getenv("CI") != "true":
			t.Skipf("no mounts of its own: %v", err)
		case err != nil:
			t.Errorf("no mounts of its own: %v", err)
		}
		return
	}
	dir := t.TempDir()
	host, path := filepath.Join(dir, "host.cue"), filepath.Join(dir, "counter.cue")
	write(t, host, "one")
	write(t, path, "")
	must(t, syscall.Mount(host, path, "", syscall.MS_BIND, ""))
	t.Cleanup(func() { must(t, syscall.Unmount(path, syscall.MNT_DETACH)) })
	w := newWatcher(path, 10*time.Millisecond, 4*time.Millisecond)
	r := start(t, w)
	r.content("one")
	write(t, host, "two") // in place: the mounted file is the same
	r.content("two")
	if got := len(r.list()); got != 2 {
		t.Fatalf("got reports %q, want two", texts(r.list()))
	}
	replace(t, host, "three")
	got := r.await("a warning", func(s Saved) bool { return errors.Is(s.Warning, ErrReplaced) })
	if string(got.Data) != "two" {
		t.Errorf("got content %q with the warning, want that of the mounted file", got.Data)
	}
}
