package history_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
)

// addAsAnother writes a deployment to the history at args[0].
func addAsAnother(args []string) error {
	s, err := history.Open(ctx, args[0], history.Opts{})
	if err != nil {
		return err
	}
	return errors.Join(save(s, noon, deployed("2", noon)), s.Close())
}

// served returns a directory that belongs to a user, as a service's does.
func served(t *testing.T) string {
	needRoot(t, "only root can give files away")
	dir := filepath.Join(t.TempDir(), "state")
	if err := errors.Join(os.Mkdir(dir, 0o750), os.Chown(dir, member, group)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// wantOwner fails unless all that is in a directory belongs to a user and group.
func wantOwner(t *testing.T, dir string, uid, gid uint32) {
	t.Helper()
	err := filepath.Walk(dir, func(name string, f os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if is := f.Sys().(*syscall.Stat_t); is.Uid != uid || is.Gid != gid {
			t.Errorf("%s: got %d:%d, want %d:%d", name, is.Uid, is.Gid, uid, gid)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What root does beside a service does not lock that out: importing, before and
// after the service made the file, and setting a damaged file aside.
func TestRootMakesFilesOfDirectoryOwner(t *testing.T) {
	dir, program := served(t), self(t)
	for _, path := range []string{filepath.Join(dir, "history.db"), filepath.Join(dir, "new", "deep", "history.db")} {
		s := open(t, path)
		if err := save(s, noon, deployed("1", noon)); err != nil {
			t.Fatal(err)
		}
		wantOwner(t, dir, member, group)
		closed(t, s)
		if err := os.Remove(path + "-journal"); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		if err := errors.Join(save(s, noon.Add(time.Hour), deployed("3", noon)), s.Close()); err != nil {
			t.Fatal(err)
		}
		wantOwner(t, dir, member, group)
		cmd := child(t, program, "add", path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: member, Gid: group}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("the service: %v: %s", err, out)
		}
		known := load(t, openRead(t, path), bamboo)
		if got := len(runs(&known)); got != 3 {
			t.Errorf("got %d deployments, want 3", got)
		}
		if err := os.Truncate(path, 5000); err != nil {
			t.Fatal(err)
		}
		s, movedTo, err := history.Recover(ctx, path, history.Opts{}, noon)
		if err != nil || movedTo == "" {
			t.Fatalf("got %q, %v, want it set aside", movedTo, err)
		}
		closed(t, s)
		wantOwner(t, dir, member, group)
	}
}

// In a directory of its own, root keeps what it makes.
func TestRootKeepsItsOwnFiles(t *testing.T) {
	path := grouped(t)
	closed(t, open(t, path))
	f, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Sys().(*syscall.Stat_t).Uid; got != 0 {
		t.Errorf("got owner %d, want 0", got)
	}
}

// A file that cannot be given away is not left behind.
func TestOwnerCannotBeChanged(t *testing.T) {
	dir := served(t)
	path := filepath.Join(dir, "history.db")
	for _, there := range []string{"", path + ".lock"} {
		if there != "" {
			if err := os.WriteFile(there, nil, 0o640); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := child(t, self(t), "drop", path).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		got, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || strings.Join(got, " ") != there {
			t.Errorf("got %q, %v, want only %q", got, err, there)
		}
	}
}

// dropChown goes on as a root that may not give files away.
func dropChown(args []string) error {
	runtime.LockOSThread()
	const dropFromBoundingSet, capChown = 24, 0 // prctl(2), capabilities(7)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, dropFromBoundingSet, capChown, 0); errno != 0 {
		return errno
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Setenv(childEnv, "keep"); err != nil {
		return err
	}
	return syscall.Exec(program, append([]string{program}, args...), os.Environ())
}

// openWithoutChown fails unless opening does, and says why.
func openWithoutChown(args []string) error {
	_, err := history.Open(ctx, args[0], history.Opts{})
	if e, ok := errors.AsType[*history.Error](err); !ok || !strings.HasPrefix(e.Path, args[0]) || !errors.Is(err, os.ErrPermission) ||
		!strings.Contains(err.Error(), "give it to the owner of its directory") {
		return fmt.Errorf("got %v, want it said", err)
	}
	return nil
}
