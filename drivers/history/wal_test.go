package history_test

import (
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/drivers/history"
)

// walOf returns the write-ahead log and the shared memory that another program left
// behind when it was killed: it emptied a table and made another.
func walOf(t *testing.T, statements ...string) (database, wal, shm string) {
	t.Helper()
	path := filepath.Join(memory(t), "other.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() // which checkpoints: the files are read before
	db.SetMaxOpenConns(1)
	all := append([]string{"PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE other (x)", "INSERT INTO other VALUES (1)"}, statements...)
	for _, statement := range all {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return content(t, path), content(t, path+"-wal"), content(t, path+"-shm")
}

// A write-ahead log of another database is never played into the history, by whoever
// opens it: a reader refuses the file, a writer sets the log aside.
func TestWriteAheadLogOfAnotherFile(t *testing.T) {
	whole, want := sample(t)
	_, wal, shm := walOf(t)
	dir := memory(t)
	put := func(path, end, text string) {
		if err := os.WriteFile(path+end, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	// It is dangerous: SQLite plays it.
	path := placed(t, dir, whole)
	put(path, "-wal", wal)
	executed(t, path, "PRAGMA schema_version")
	if content(t, path) == string(whole) {
		t.Error("SQLite did not play the log: this test shows nothing")
	}

	for _, with := range []string{"", shm} {
		path := placed(t, dir, whole)
		put(path, "-wal", wal)
		if with != "" {
			put(path, "-shm", with)
		}
		before := files(t, path)
		_, err := history.OpenRead(ctx, path, history.Opts{})
		wantKind(t, err, history.Interrupted, path)
		if after := files(t, path); !maps.Equal(before, after) {
			t.Errorf("a reader changed something: got %q, want %q", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
		}
		s := open(t, path)
		got, err := readEverything(s)
		if err := errors.Join(err, s.Check(ctx), s.Close()); err != nil {
			t.Fatal(err)
		}
		if diff := diff(got, want); diff != "" {
			t.Errorf("a writer: got, want: %s", diff)
		}
		wantFiles := map[string]string{"history.db": string(whole), "history.db-wal.orphan": wal}
		if with != "" {
			wantFiles["history.db-shm.orphan"] = with
		}
		if after := files(t, path); !maps.Equal(after, wantFiles) {
			t.Errorf("a writer: got %q, want %q", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(wantFiles)))
		}
	}

	// Beside no history at all, it is set aside before one is made.
	path = filepath.Join(dir, "history.db")
	put(path, "-wal", wal)
	closed(t, open(t, path))
	if content(t, path+"-wal.orphan") != wal {
		t.Error("it is not set aside as it was")
	}
	// One that comes while the history is open.
	path = placed(t, dir, whole)
	s := open(t, path)
	put(path, "-wal", wal)
	if err := save(s, noon, deployed("3000", noon)); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if content(t, path+"-wal.orphan") != wal {
		t.Error("it is not set aside as it was")
	}
	known := load(t, openRead(t, path), bamboo)
	if !known.Environment("7").Has("3000") || !known.Environment("7").Has("1000") {
		t.Error("deployments are missing")
	}
}

// A history that another program gave a write-ahead log of its own is left alone.
func TestWriteAheadLogOfThisFile(t *testing.T) {
	whole, _ := sample(t)
	path := placed(t, memory(t), whole)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"PRAGMA journal_mode = WAL", "UPDATE source SET failure = 'x'"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, path)
	_, err = history.OpenRead(ctx, path, history.Opts{})
	wantKind(t, err, history.Foreign, path)
	_, err = history.Open(ctx, path, history.Opts{})
	wantKind(t, err, history.Foreign, path)
	if !strings.Contains(err.Error(), "PRAGMA journal_mode = DELETE") {
		t.Errorf("got %v, want a way out", err)
	}
	_, _, err = history.Recover(ctx, path, history.Opts{}, noon)
	wantKind(t, err, history.Foreign, path)
	if after := files(t, path); !maps.Equal(before, after) {
		t.Error("it was changed")
	}
	// And taken up again when it has none any more.
	if _, err := db.Exec("PRAGMA journal_mode = DELETE"); err != nil {
		t.Fatal(err)
	}
	closed(t, open(t, path))
}
