package history_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A member of the group can read the file and may not write it, whatever the umask.
func TestModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	s, path := fresh(t)
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
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
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "100%", "ä", "-x", "a&b=c"} {
		path := filepath.Join(memory(t), name)
		s := open(t, path)
		merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
		closed(t, s)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if got := len(all(t, openRead(t, path), "bamboo")); got != 1 {
			t.Errorf("%q: got %d deployments, want 1", name, got)
		}
	}
}

func TestSecondWriter(t *testing.T) {
	s, path := fresh(t)
	_, err := history.Open(ctx, path, history.Opts{})
	wantKind(t, err, history.Held, path)
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
	_, err := r.Merge(ctx, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
	wantKind(t, err, history.ReadOnly, path)
	wantKind(t, r.SaveLatch(ctx, []byte("x")), history.ReadOnly, path)
}

func TestMissing(t *testing.T) {
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
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
	closed(t, s)
	got, err := os.ReadFile(path + "-journal.orphan")
	if err != nil || string(got) != "of another file" {
		t.Errorf("got %q, %v, want it as it was", got, err)
	}
}

func TestLastGoodAndLatch(t *testing.T) {
	s, path := fresh(t)
	if _, ok, err := s.LastGood(ctx); ok || err != nil {
		t.Errorf("before: got %v, %v, want none", ok, err)
	}
	want := history.LastGood{Path: "/etc/counter.cue", File: []byte("package counter\n"), Hash: "ab", Config: []byte(`{"a":1}`), Program: "v1.2.3", Saved: noon}
	if err := s.SaveLastGood(ctx, history.LastGood{File: []byte("old")}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.SaveLastGood(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Latch(ctx); got != nil || err != nil {
		t.Errorf("latch: got %q, %v, want none", got, err)
	}
	for _, latch := range []string{"x", `{"status":401}`} {
		if err := s.SaveLatch(ctx, []byte(latch)); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, s)
	s = open(t, path)
	got, ok, err := s.LastGood(ctx)
	if diff := cmp.Diff(got, want); diff != "" || !ok || err != nil {
		t.Errorf("last good: %v, %v, got, want: %s", ok, err, diff)
	}
	if got, err := s.Latch(ctx); string(got) != `{"status":401}` || err != nil {
		t.Errorf("latch: got %q, %v", got, err)
	}
	if err := s.SaveLatch(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Latch(ctx); got != nil || err != nil {
		t.Errorf("forgotten latch: got %q, %v, want none", got, err)
	}
	closed(t, s)
}

// Another file is kept at once, whatever it differs in, and the same one not again.
func TestAnotherLastGood(t *testing.T) {
	s, path := fresh(t)
	is := history.LastGood{Path: "/a", File: []byte("a"), Hash: "a", Config: []byte("a"), Program: "a", Saved: noon}
	for i, change := range []func(){
		func() {},
		func() { is.Path = "/b" },
		func() { is.File = []byte("b") },
		func() { is.Hash = "b" },
		func() { is.Config = []byte("b") },
		func() { is.Program = "b" },
	} {
		change()
		later := is
		later.Saved = noon.Add(time.Hour)
		if err := s.SaveLastGood(ctx, is); err != nil {
			t.Fatal(err)
		}
		was := content(t, path)
		if err := s.SaveLastGood(ctx, later); err != nil {
			t.Fatal(err)
		}
		if content(t, path) != was {
			t.Errorf("%d: the same one was written again", i)
		}
		got, _, err := s.LastGood(ctx)
		if diff := cmp.Diff(got, is); diff != "" || err != nil {
			t.Errorf("%d: %v, got, want: %s", i, err, diff)
		}
	}
}

// The loop of a scan may panic, or end a goroutine, without holding anything up.
func TestPanicInScan(t *testing.T) {
	s, _ := fresh(t)
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
	func() {
		defer func() { recover() }()
		for range s.Scan(ctx, "bamboo", history.Filter{}) {
			panic("in the loop")
		}
	}()
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("2", noon)}}, noon.Add(time.Hour))
	closed(t, s)
}

// People can look with the sqlite3 program.
func TestView(t *testing.T) {
	s, path := fresh(t)
	merge(t, s, "https://bamboo.example.com", history.Answer{Deployments: []rules.Deployment{deployed("81", noon.Add(7*time.Millisecond))}}, noon)
	closed(t, s)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := make([]string, 7)
	row := db.QueryRow("SELECT source, project, environment, id, version, state, started FROM deployments")
	if err := row.Scan(&got[0], &got[1], &got[2], &got[3], &got[4], &got[5], &got[6]); err != nil {
		t.Fatal(err)
	}
	want := "https://bamboo.example.com Shop Production 81 release-81 SUCCESS 2026-03-13T12:00:00.007Z"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A filter by environment is asked a few times, not for each deployment.
func TestFilterByEnvironmentID(t *testing.T) {
	s, _ := fresh(t)
	var found []rules.Deployment
	for i := range 300 {
		d := deployed(strconv.Itoa(i), noon.Add(time.Duration(i)*time.Minute))
		d.EnvironmentID = strconv.Itoa(7 + i%3)
		found = append(found, d)
	}
	merge(t, s, "bamboo", history.Answer{Deployments: found}, noon)
	for _, whole := range []bool{false, true} {
		asked, got := 0, 0
		f := history.Filter{Whole: whole, Environment: func(_, _, id, _ string) bool { asked++; return id == "8" }}
		for row, err := range s.Scan(ctx, "bamboo", f) {
			if err != nil {
				t.Fatal(err)
			}
			if got++; row.EnvironmentID != "8" {
				t.Errorf("got environment %s, want 8", row.EnvironmentID)
			}
		}
		if asked != 3 || got != 100 {
			t.Errorf("whole %v: got %d, asked %d times, want 100, asked 3 times", whole, got, asked)
		}
	}
}

// Blocks are read in their order, from wherever it begins.
func TestBlocksNeedNoSorting(t *testing.T) {
	s, path := fresh(t)
	closed(t, s)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, query := range history.BlockQueries {
		rows, err := db.Query("EXPLAIN QUERY PLAN "+query, 1, 2, 3)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var a, b, c int
			var got string
			if err := rows.Scan(&a, &b, &c, &got); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got, "SEARCH block USING INDEX sqlite_autoindex_block_1 (source=?") {
				t.Errorf("%s\ngot %s, want a search of the index", query, got)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
}
