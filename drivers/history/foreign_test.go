package history_test

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
)

// executed runs statements in a database as another program would.
func executed(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(strings.Join(statements, "; "))
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// files returns what is in a directory but for the writer's lock and journal.
func files(t *testing.T, path string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(filepath.Dir(path)), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(name, ".lock") && !strings.HasSuffix(name, ".db-journal") {
			found[name] = content(t, filepath.Join(filepath.Dir(path), name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Files of others are refused and left alone, also by Recover.
func TestForeignDatabase(t *testing.T) {
	whole, _ := sample(t)
	_, wal, shm := walOf(t)
	dir := memory(t)
	other := placed(t, dir, nil)
	executed(t, other, "CREATE TABLE source (x)", "INSERT INTO source VALUES (1)")
	ours := placed(t, dir, whole)
	executed(t, ours, "PRAGMA user_version = 4", "ALTER TABLE run ADD COLUMN more TEXT")
	same := placed(t, dir, whole)
	executed(t, same, "PRAGMA user_version = 99")
	named := placed(t, dir, nil)
	executed(t, named, "PRAGMA application_id = 42", "CREATE TABLE x (x)")
	// A file of a database with a log, whose tables are in the log only.
	logged, loggedWAL, _ := walOf(t)
	const untouched = "; nothing was changed: move it away, or give another state directory"
	for _, c := range []struct {
		name    string
		content string
		wal     string
		want    history.Kind
		text    string
	}{
		{"newer", content(t, ours), "", history.Newer, "the file is of a newer fridaycounter: version 4, want at most 3; " +
			"nothing was changed: install that version again, or move the file away"},
		{"newer with the same tables", content(t, same), "", history.Newer, "the file is of a newer fridaycounter: version 99, want at most 3; " +
			"nothing was changed: install that version again, or move the file away"},
		{"another program's", content(t, named), "", history.Foreign, "the file is not a history of fridaycounter: its application id is 0x2a" + untouched},
		{"no program's", content(t, other), "", history.Foreign, "the file is not a history of fridaycounter: its application id is 0x0" + untouched},
		{"no program's, beside a log", content(t, other), wal, history.Foreign, "the file is not a history of fridaycounter: its application id is 0x0" + untouched},
		{"with its log", logged, loggedWAL, history.Foreign, "the file is not a history of fridaycounter: its application id is 0x0" + untouched},
	} {
		path := placed(t, dir, []byte(c.content))
		if c.wal != "" {
			if err := errors.Join(os.WriteFile(path+"-wal", []byte(c.wal), 0o640), os.WriteFile(path+"-shm", []byte(shm), 0o640)); err != nil {
				t.Fatal(err)
			}
		}
		before := files(t, path)
		_, err := history.OpenRead(ctx, path, history.Opts{})
		wantKind(t, err, c.want, path)
		if got, want := err.Error(), "history: open "+path+": "+c.text; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, want)
		}
		_, err = history.Open(ctx, path, history.Opts{})
		wantKind(t, err, c.want, path)
		_, _, err = history.Recover(ctx, path, history.Opts{}, noon)
		wantKind(t, err, c.want, path)
		if after := files(t, path); !maps.Equal(before, after) {
			t.Errorf("%s: it was changed", c.name)
		}
	}
}

// What is no file is not opened, let alone waited for.
func TestNotARegularFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, fifo} {
		_, err := history.Open(ctx, path, history.Opts{})
		wantKind(t, err, history.Foreign, path)
		_, err = history.OpenRead(ctx, path, history.Opts{})
		wantKind(t, err, history.Foreign, path)
	}
}

// What the header says of the file is compared with the file: one bit that is wrong in
// the first hundred bytes is damage or means nothing. It is never another program's file,
// or one that cannot be written, which nobody would mend. The version is believed.
func TestFlippedHeader(t *testing.T) {
	dir := memory(t)
	for name, step := range map[string]int{"": 800 / often(800, 800), "1.db": 9} {
		whole, want := sample(t)
		if name != "" {
			whole, want = []byte(content(t, fixture(t, name))), contents{}
		}
		damaged, n := 0, 0
		for bit := 0; bit < 800; bit += step {
			n++
			b := slices.Clone(whole)
			b[bit/8] ^= 1 << (bit % 8)
			path := placed(t, dir, b)
			s, movedTo, err := history.Recover(ctx, path, history.Opts{}, noon)
			if 60 <= bit/8 && bit/8 < 64 && err != nil { // the version
				wantKind(t, err, history.Newer, path)
				continue
			}
			if err != nil {
				t.Fatalf("bit %d of byte %d: %v", bit%8, bit/8, err)
			}
			got, err := readEverything(s)
			if err := errors.Join(err, s.Check(ctx), save(s, noon, deployed("1", noon)), s.Close()); err != nil {
				t.Fatalf("bit %d of byte %d: %v", bit%8, bit/8, err)
			}
			switch {
			case movedTo != "":
				damaged++
				if content(t, movedTo) != string(b) {
					t.Fatalf("bit %d of byte %d: it was set aside changed", bit%8, bit/8)
				}
			case name == "" && !reflect.DeepEqual(got, want):
				t.Fatalf("bit %d of byte %d: got, want: %s", bit%8, bit/8, diff(got, want))
			}
		}
		t.Logf("%d of %d bits are damage", damaged, n)
		if damaged < n/3 {
			t.Errorf("got %d, want more", damaged)
		}
	}
}

// A file that is no database is set aside like any other damage.
func TestNotADatabase(t *testing.T) {
	random := make([]byte, 8192)
	rand.NewChaCha8([32]byte{}).Read(random)
	magic := append([]byte("SQLite format 3\x00"), random...)
	header := []byte("SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20")
	header = append(header, make([]byte, 8168)...)
	binary.BigEndian.PutUint32(header[68:], 0x66726964)
	for _, b := range [][]byte{nil, {0}, []byte("S"), []byte("damaged"), make([]byte, 4096), random, magic, header, header[:100]} {
		path := placed(t, memory(t), b)
		_, err := history.OpenRead(ctx, path, history.Opts{})
		wantKind(t, err, history.Damaged, path)
		_, err = history.Open(ctx, path, history.Opts{})
		wantKind(t, err, history.Damaged, path)
		s, movedTo, err := history.Recover(ctx, path, history.Opts{}, noon)
		if err != nil {
			t.Fatal(err)
		}
		if want := path + ".damaged-20260313T120000Z"; movedTo != want || content(t, movedTo) != string(b) {
			t.Errorf("%.20q: set aside as %s, want it as %s", b, movedTo, want)
		}
		if err := errors.Join(save(s, noon, deployed("1", noon)), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// Tables that somebody changed are damage; what somebody added is left alone, also by a
// conversion.
func TestChangedByHand(t *testing.T) {
	whole, want := sample(t)
	dir := memory(t)
	for _, statement := range []string{
		"UPDATE run SET started = 1.5 WHERE id = '1000'",
		"UPDATE run SET finished = 'x' WHERE id = '1000'",
		"UPDATE environment SET complete_from = x'00' WHERE id = '7'",
		"UPDATE source SET good = 'x'",
		"UPDATE last_good SET saved = 1.5",
		"UPDATE lockout SET at = 'x'",
		"DELETE FROM environment WHERE id = '7'",
		"DELETE FROM source",
		"DROP TABLE lockout",
		"DROP VIEW deployments",
		"ALTER TABLE source ADD COLUMN more INTEGER",
	} {
		path := placed(t, dir, whole)
		executed(t, path, statement)
		s, err := history.OpenRead(ctx, path, history.Opts{})
		if err == nil {
			err = s.Check(ctx)
			closed(t, s)
		}
		if wantKind(t, err, history.Damaged, path); t.Failed() {
			t.Fatal(statement)
		}
	}
	const own = "CREATE TABLE mine (x); CREATE VIEW own AS SELECT * FROM source; CREATE INDEX by_state ON "
	path := placed(t, dir, whole)
	executed(t, path, own+"run (state)")
	s := open(t, path)
	got, err := readEverything(s)
	if err := errors.Join(err, s.Check(ctx), s.Close()); err != nil || diff(got, want) != "" {
		t.Errorf("with a table of somebody's own: %v: got, want: %s", err, diff(got, want))
	}
	path = fixture(t, "1.db")
	executed(t, path, own+"kind (state)")
	closed(t, open(t, path))
	executed(t, path, "INSERT INTO mine SELECT name FROM own")
}

// Another process that holds SQLite's lock, such as sqlite3 in a transaction, is waited
// for as long as the caller said, and then taken up when it is gone.
func TestLocked(t *testing.T) {
	whole, _ := sample(t)
	path := placed(t, memory(t), whole)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	short := history.Opts{Wait: 50 * time.Millisecond}
	began := time.Now()
	_, err = history.Open(ctx, path, short)
	wantKind(t, err, history.Busy, path)
	_, err = history.OpenRead(ctx, path, short)
	wantKind(t, err, history.Busy, path)
	_, _, err = history.Recover(ctx, path, short, noon)
	wantKind(t, err, history.Busy, path)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	s, err := history.Open(ctx, path, short)
	if err != nil {
		t.Fatal(err)
	}
	// Also while it is open.
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Load(ctx, bamboo)
	wantKind(t, err, history.Busy, path)
	wantKind(t, save(s, noon, deployed("1", noon)), history.Busy, path)
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(save(s, noon, deployed("1", noon)), s.Close()); err != nil {
		t.Fatal(err)
	}
}
