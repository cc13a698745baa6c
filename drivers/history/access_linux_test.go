package history_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Ids that no test machine uses.
const member, stranger, group = 54321, 54322, 54323

// readAsAnother reads the history at args[0] and verifies it, again and again until
// it has args[1] deployments more than at first. It prints how many it saw at first
// and at last.
func readAsAnother(args []string) error {
	more, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	var first, last int64
	for i := 0; i == 0 || last < first+more; i++ {
		if i == 1000 {
			return fmt.Errorf("%d deployments, want %d more", last, more)
		}
		s, err := history.OpenRead(ctx, args[0], history.Opts{})
		if err != nil {
			return err
		}
		known, err := s.Load(ctx, bamboo)
		if err := errors.Join(err, s.Check(ctx), s.Close()); err != nil {
			return err
		}
		if int64(len(runs(&known))) < last {
			return fmt.Errorf("%d deployments, want at least %d", len(runs(&known)), last)
		}
		last = int64(len(runs(&known)))
		if i == 0 {
			first = last
		}
	}
	_, err = fmt.Println(first, last)
	return err
}

// openAsStranger fails unless it may neither read nor write.
func openAsStranger(args []string) error {
	_, err := history.OpenRead(ctx, args[0], history.Opts{})
	if e, ok := errors.AsType[*history.Error](err); !ok || e.Kind != history.Denied {
		return fmt.Errorf("reading: got %v, want it denied", err)
	}
	_, err = history.Open(ctx, args[0], history.Opts{})
	if e, ok := errors.AsType[*history.Error](err); !ok || e.Kind != history.ReadOnly {
		return fmt.Errorf("writing: got %v, want it denied", err)
	}
	return nil
}

// openUnreadable fails unless the history at args[0] may not be opened until its mode
// is what it should be.
func openUnreadable(args []string) error {
	_, err := history.OpenRead(ctx, args[0], history.Opts{})
	_, err2 := history.Open(ctx, args[0], history.Opts{})
	_, _, err3 := history.Recover(ctx, args[0], history.Opts{}, noon)
	for _, err := range []error{err, err2, err3} {
		if e, ok := errors.AsType[*history.Error](err); !ok || e.Kind != history.Denied {
			return fmt.Errorf("got %v, want it denied", err)
		}
	}
	if err := os.Chmod(args[0], 0o640); err != nil {
		return err
	}
	s, err := history.Open(ctx, args[0], history.Opts{})
	if err != nil {
		return err
	}
	return errors.Join(save(s, noon, deployed("1", noon)), s.Close())
}

// A file that its owner may not read is denied, and taken up when it is readable again.
func TestUnreadableFile(t *testing.T) {
	dir, program := served(t), self(t)
	path := filepath.Join(dir, "history.db")
	closed(t, open(t, path))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, program, "unreadable", path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: member, Gid: group}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// A member of the group is told of a write-ahead log that somebody else left.
func TestReadBesideLogAsMember(t *testing.T) {
	path := grouped(t)
	s := open(t, path)
	if err := errors.Join(save(s, noon, deployed("0", noon)), s.Close()); err != nil {
		t.Fatal(err)
	}
	_, wal, _ := walOf(t)
	if err := os.WriteFile(path+"-wal", []byte(wal), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, self(t), "read", path, "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: member, Gid: group}}
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "write-ahead log beside it; start fridaycounter run") {
		t.Errorf("got %q, %v, want the log named", out, err)
	}
}

// needRoot skips what only root can do. CI is root.
func needRoot(t *testing.T, why string) {
	t.Helper()
	if os.Getuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// grouped returns the path of a history in a directory that belongs to a group,
// as a service's state directory does.
func grouped(t *testing.T) string {
	needRoot(t, "only root can become another user")
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 0, group); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, os.ModeSetgid|0o750); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "history.db")
}

// A member of the group reads beside the daemon that writes, and when there is none.
func TestReadBesideWriter(t *testing.T) {
	path := grouped(t)
	program := self(t)
	s := open(t, path)
	if err := save(s, noon, deployed("0", noon)); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, program, "read", path, "3")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: member, Gid: group}}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- cmd.Wait() }()
	n := 1
	for ended := false; !ended; n++ {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("beside the writer: %v: %s", err, said.String())
			}
			ended = true
		default:
			if err := save(s, noon, deployed(strconv.Itoa(n), noon)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var first, last int
	if _, err := fmt.Sscan(said.String(), &first, &last); err != nil || last < first+3 {
		t.Errorf("the reader saw %q (%v), want more at last than at first", said.String(), err)
	}
	t.Logf("the reader saw %d to %d deployments while %d were written", first, last, n)
	closed(t, s)
	cmd = child(t, program, "read", path, "0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: member, Gid: group}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("after the writer: %v: %s", err, out)
	}
	cmd = child(t, program, "deny", path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("a stranger: %v: %s", err, out)
	}
}

// TestFullDisk runs in a small file system of its own.
func TestFullDisk(t *testing.T) {
	needRoot(t, "only root can mount a small file system")
	cmd := child(t, self(t), "full", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// fillDisk mounts 1 MiB at args[0], fills it, makes room, and makes it read-only.
func fillDisk(args []string) error {
	dir := args[0]
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	path, ballast := filepath.Join(dir, "history.db"), filepath.Join(dir, "ballast")
	s, err := history.Open(ctx, path, history.Opts{})
	if err != nil {
		return err
	}
	put := func(n int) error {
		var found []rules.Deployment
		for i := range 20 {
			found = append(found, deployed(fmt.Sprintf("%d/%d", n, i), noon))
		}
		return save(s, noon.Add(time.Duration(n)*time.Minute), found...)
	}
	if err := put(0); err != nil {
		return err
	}
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("filling: got %v, want no space", err)
	}
	written := 1 // in free pages of the file there may be room for some
	for ; err == nil && written < 100; written++ {
		err = put(written)
	}
	written--
	if e, ok := errors.AsType[*history.Error](err); !ok || e.Kind != history.Full || !strings.Contains(err.Error(), "make room") {
		return fmt.Errorf("full: got %v, want it said", err)
	}
	if known, err := s.Load(ctx, bamboo); err != nil || len(runs(&known)) != 20*written {
		return fmt.Errorf("reading while full: got %d, %v, want %d", len(runs(&known)), err, 20*written)
	}
	if err := os.Remove(ballast); err != nil {
		return err
	}
	if err := put(written); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
		return err
	}
	return readOnlyDisk(dir, path, 20*(written+1))
}

func readOnlyDisk(dir, path string, want int) error {
	if err := syscall.Mount("none", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("remount: %w", err)
	}
	_, err := history.Open(ctx, path, history.Opts{})
	if e, ok := errors.AsType[*history.Error](err); !ok || e.Kind != history.ReadOnly {
		return fmt.Errorf("read-only: got %v, want it said", err)
	}
	r, err := history.OpenRead(ctx, path, history.Opts{})
	if err != nil {
		return err
	}
	if known, err := r.Load(ctx, bamboo); err != nil || len(runs(&known)) != want {
		return fmt.Errorf("reading: got %d, %v, want %d", len(runs(&known)), err, want)
	}
	return r.Close()
}
