package history_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// A member of the group can read the file and may not write it, whatever the umask.
func TestFileModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	s, path := fresh(t)
	if err := save(s, noon, deployed("1", noon)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want os.FileMode
	}{{path, 0o640}, {path + "-journal", 0o640}, {path + ".lock", 0o600}} {
		f, err := os.Stat(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Mode().Perm(); got != c.want {
			t.Errorf("%s: got %o, want %o", filepath.Base(c.path), got, c.want)
		}
	}
	syscall.Umask(0o022)
	dir := filepath.Join(t.TempDir(), "new")
	closed(t, open(t, filepath.Join(dir, "history.db")))
	f, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.Mode().Perm(), os.FileMode(0o750); got != want {
		t.Errorf("directory: got %o, want %o", got, want)
	}
}

// Letters that mean something in a URI mean nothing in a path.
func TestUnusualPaths(t *testing.T) {
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "100%", "ä", "-x", "a&b=c"} {
		path := filepath.Join(memory(t), name)
		s := open(t, path)
		if err := errors.Join(save(s, noon, deployed("1", noon)), s.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		k := load(t, openRead(t, path), bamboo)
		if got := len(runs(&k)); got != 1 {
			t.Errorf("%q: got %d deployments, want 1", name, got)
		}
	}
}

func TestSecondWriter(t *testing.T) {
	s, path := fresh(t)
	_, err := history.Open(ctx, path, history.Opts{})
	wantKind(t, err, history.InUse, path)
	want := "history: open " + path + ": process " + strconv.Itoa(os.Getpid()) + " writes to it; one process at a time may write; stop that one first"
	if got := err.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	openRead(t, path)
	closed(t, s)
	closed(t, open(t, path))
}

func TestReaderWritesNothing(t *testing.T) {
	s, path := fresh(t)
	closed(t, s)
	r := openRead(t, path)
	k := polled(noon)
	wantKind(t, r.Save(ctx, k, everything(k)), history.ReadOnly, path)
	wantKind(t, r.Save(ctx, k, source.Changes{}), history.ReadOnly, path)
	wantKind(t, r.SaveLockouts(ctx, []source.Lockout{{Fingerprint: "x"}}), history.ReadOnly, path)
	wantKind(t, r.SaveLastGood(ctx, history.LastGood{}), history.ReadOnly, path)
}

func TestReadMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	_, err := history.OpenRead(ctx, path, history.Opts{})
	wantKind(t, err, history.Missing, path)
	if _, err := os.Stat(path); err == nil {
		t.Error("a reader made a file")
	}
}

// A journal that another database left is not played into a new one, nor deleted.
func TestOrphanedJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	if err := os.WriteFile(path+"-journal", []byte("of another file"), 0o640); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if err := errors.Join(save(s, noon, deployed("1", noon)), s.Close()); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path+"-journal.orphan"); got != "of another file" {
		t.Errorf("got %q, want it as it was", got)
	}
}

// What survives a power cut is SQLite's promise for these.
func TestDurability(t *testing.T) {
	s, _ := fresh(t)
	const full = 2
	if journal, synchronous, err := s.Durability(); journal != "truncate" || synchronous != full || err != nil {
		t.Errorf("got %s, %d, %v, want truncate, %d", journal, synchronous, err, full)
	}
	closed(t, s)
}
