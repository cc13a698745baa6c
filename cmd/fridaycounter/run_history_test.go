package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// weeksAgo is a Bamboo with one deployment to Production in each of the weeks, an
// hour more ago than so many weeks.
func weeksAgo(weeks ...int) *bambootest.Server {
	var results []bambootest.Result
	for i, n := range weeks {
		at := time.Now().Add(-time.Duration(n)*7*24*time.Hour - time.Hour)
		results = append(results, bambootest.Result{
			ID: int64(1000 + i), Version: fmt.Sprintf("release-%d", i), Started: at, Queued: at, Executed: at, Finished: at.Add(time.Minute),
		})
	}
	return &bambootest.Server{Projects: []bambootest.Project{{ID: 1, Name: "shop", Environments: []bambootest.Environment{
		{ID: 2, Name: "Production", Results: results},
	}}}}
}

// bambooPolicy forbids every day, and asks a Bamboo.
func bambooPolicy(url string) string {
	days := `"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"`
	policy := strings.Replace(dayPolicy("Friday"), `"Friday"`, days, 1)
	return strings.Replace(policy, `file: path: "deployments.jsonl"`, fmt.Sprintf(`bamboo: {url: "%s", environments: ["Production"], timeout: "5s"}`, url), 1)
}

// stop ends a counter as the system does.
func (c *counter) stop(signal os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(signal); err != nil {
		c.t.Fatal(err)
	}
	select {
	case <-c.done:
	case <-time.After(20 * time.Second):
		c.t.Fatalf("still running 20 s after %v; log:\n%s", signal, c.log())
	}
}

// restart starts a counter once more, with the same file and state.
func (c *counter) restart() *counter {
	c.t.Helper()
	next := &counter{t: c.t, path: c.path, done: make(chan error, 1)}
	next.run(c.cmd.Env)
	return next
}

// The counter restarts after a clean end or a power cut, and meanwhile the server drops its old
// results: the number is there before the server answers, and does not grow.
func TestRunBeginsWithTheHistory(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Kill} {
		t.Run(signal.String(), func(t *testing.T) {
			server := weeksAgo(5, 2)
			at := httptest.NewServer(server)
			defer at.Close()
			c := startCounter(t, bambooPolicy(at.URL))
			c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
			c.wait("history", c.stored, "stored")
			c.stop(signal)

			server.Change(func(s *bambootest.Server) { // and a 502 until it is lifted
				e := &s.Projects[0].Environments[0]
				e.Results = slices.DeleteFunc(e.Results, func(r bambootest.Result) bool { return r.ID == 1001 })
			})
			server.Inject("", -1, bambootest.BadGateway())
			c = c.restart()
			c.wait("glass", func() string { return c.out(0) }, lit(t, "2", led.Stale))
			c.wait("log", c.log, "502")
			server.Heal()
			if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			c.wait("log", c.log, "polling works again")
			c.stop(syscall.SIGTERM)
			if strings.Contains(c.out(0), lit(t, "5")) {
				t.Error("the number grew")
			}
		})
	}
}

// history is the path of the counter's history.
func (c *counter) history() string { return filepath.Join(filepath.Dir(c.path), "state", "history.db") }

// stored says what the history of a running counter has: "stored" once it has the
// configuration in force, else why it has not.
func (c *counter) stored() string {
	file, err := history.OpenRead(c.t.Context(), c.history(), history.Opts{})
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	_, ok, err := file.LastGood(c.t.Context())
	if !ok {
		return fmt.Sprintf("no last good file, error %v", err)
	}
	return "stored"
}

// A damaged history is set aside with a message, and the source is read again. The history of a
// newer version and the file of another program stay as they are: the wall goes on from memory, and
// is stale, since the file may have a later breach.
func TestRunOnAHistoryThatCannotBeUsed(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	good := startCounter(t, bambooPolicy(at.URL))
	good.wait("glass", func() string { return good.out(0) }, lit(t, "2"))
	good.wait("history", good.stored, "stored")
	good.stop(syscall.SIGTERM)
	whole, err := os.ReadFile(good.history())
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(offset int, bit byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			data := slices.Clone(whole)
			data[offset] ^= bit
			if err := os.WriteFile(path, data, 0o640); err != nil {
				t.Fatal(err)
			}
		}
	}
	by := func(statements string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.Exec(statements)
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name  string
		make  func(t *testing.T, path string)
		moved bool
		says  string
	}{
		{"of a byte", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("S"), 0o640); err != nil {
				t.Fatal(err)
			}
		}, true, "the history was damaged and is set aside"},
		{"not of SQLite any more", flipped(3, 1), true, "the history was damaged and is set aside"},
		{"of another page size", flipped(16, 8), true, "the history was damaged and is set aside"},
		{"with the number of a newer version", flipped(63, 4), false, "the file is of a newer fridaycounter"},
		{"with another program's number", flipped(71, 2), true, "the history was damaged and is set aside"},
		{"of a newer version", func(t *testing.T, path string) {
			flipped(0, 0)(t, path)
			by("CREATE TABLE later (x); PRAGMA user_version = 4")(t, path)
		}, false, "the file is of a newer fridaycounter"},
		{"of another program", by("CREATE TABLE bookmark (url)"), false, "the file is not a history of fridaycounter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			next := &counter{t: t, path: filepath.Join(dir, "counter.cue"), done: make(chan error, 1)}
			next.save(bambooPolicy(at.URL))
			if err := os.Mkdir(filepath.Join(dir, "state"), 0o750); err != nil {
				t.Fatal(err)
			}
			c.make(t, next.history())
			before, err := os.ReadFile(next.history())
			if err != nil {
				t.Fatal(err)
			}
			next.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state")))
			next.wait("log", next.log, c.says)
			marks := []led.Mark{led.Stale}
			if c.moved {
				marks = nil
				next.wait("history", next.stored, "stored")
			}
			next.wait("glass", func() string { return next.out(0) }, lit(t, "2", marks...))
			next.stop(syscall.SIGTERM)
			movedTo, err := filepath.Glob(next.history() + ".damaged-*")
			if err != nil || c.moved != (len(movedTo) == 1) {
				t.Errorf("set aside: got %v, %v, want %v", movedTo, err, c.moved)
			}
			path := next.history()
			if len(movedTo) == 1 {
				path = movedTo[0]
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("%s is not as it was: %v", path, err)
			}
		})
	}
}

// A history that another process locks at the start is used within 30 s after it is unlocked, and
// what polls brought meanwhile is stored.
func TestRunWhileTheHistoryIsLocked(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 12 s and more")
	}
	server := weeksAgo(5, 2)
	at := httptest.NewServer(server)
	defer at.Close()
	c := startCounter(t, bambooPolicy(at.URL))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("history", c.stored, "stored")
	c.stop(syscall.SIGTERM)
	server.Change(func(s *bambootest.Server) { // it forgets the latest, and has an older one that is new
		e := &s.Projects[0].Environments[0]
		e.Results = []bambootest.Result{e.Results[0], weeksAgo(3).Projects[0].Environments[0].Results[0]}
		e.Results[1].ID = 1002
	})
	db, err := sql.Open("sqlite", c.history())
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	c = c.restart()
	c.wait("log", c.log, "another process keeps it locked")
	c.wait("glass", func() string { return c.out(0) }, lit(t, "3", led.Stale))
	time.Sleep(12 * time.Second)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	released := time.Now()
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("log", c.log, "the history can be used again")
	if took := time.Since(released); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
	c.stop(syscall.SIGTERM)
	file, err := history.OpenRead(t.Context(), c.history(), history.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	keys, err := file.Sources(t.Context())
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	known, err := file.Load(t.Context(), keys[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1000", "1001", "1002"} {
		if !known.Environments[0].Has(id) {
			t.Errorf("deployment %s is not stored", id)
		}
	}
}

// Where there can be no history, the wall goes on from memory and says so.
func TestRunWithoutStateDirectory(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	dir := t.TempDir()
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue"), done: make(chan error, 1)}
	c.save(bambooPolicy(at.URL))
	c.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(c.path, "no directory")))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("log", c.log, "the history cannot be used; the counter goes on from memory, and tries again")
	c.stop(syscall.SIGTERM)
}

// What docs/operations.md says of a backup holds while the counter runs: the copy is whole.
func TestRunBackup(t *testing.T) {
	const statement = `VACUUM INTO 'copy.db'`
	if !strings.Contains(manualPage(t, "docs/operations.md").text, statement) {
		t.Errorf("docs/operations.md does not say %s", statement)
	}
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	c := startCounter(t, bambooPolicy(at.URL))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("history", c.stored, "stored")
	copied := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+c.history()+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(strings.Replace(statement, "copy.db", filepath.Join(copied, filepath.Base(c.history())), 1))
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if out, err := runProgram(t, "history", "check", "--config", c.path, "--state", copied); err != nil || !strings.Contains(out, "2 deployments") {
		t.Errorf("%v: %s", err, out)
	}
	c.stop(syscall.SIGTERM)
}
