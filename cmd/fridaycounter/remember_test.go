package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
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

// again starts a counter once more, with the same file and state.
func (c *counter) again() *counter {
	c.t.Helper()
	next := &counter{t: c.t, path: c.path, done: make(chan error, 1)}
	next.run(c.cmd.Env)
	return next
}

// The server drops its old results and the counter restarts, after a clean end and
// after a power cut: the number does not grow, and is there before the server answers.
func TestRunRemembers(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Kill} {
		t.Run(signal.String(), func(t *testing.T) {
			server := weeksAgo(5, 2)
			at := httptest.NewServer(server)
			defer at.Close()
			c := startCounter(t, bambooPolicy(at.URL))
			c.wait("glass", func() string { return c.out(0) }, glass(t, "2"))
			c.wait("history", c.kept, "kept")
			c.stop(signal)

			server.Change(func(s *bambootest.Server) { // and a 502 until it is lifted
				e := &s.Projects[0].Environments[0]
				e.Results = slices.DeleteFunc(e.Results, func(r bambootest.Result) bool { return r.ID == 1001 })
			})
			server.Inject("", -1, bambootest.BadGateway())
			c = c.again()
			c.wait("glass", func() string { return c.out(0) }, glass(t, "2", led.Stale))
			c.wait("log", c.log, "502")
			server.Heal()
			if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			c.wait("log", c.log, "polling works again")
			c.stop(syscall.SIGTERM)
			if strings.Contains(c.out(0), glass(t, "5")) {
				t.Error("the number grew")
			}
		})
	}
}

// kept says what the history of a running counter has kept: "kept" once it has the
// configuration in force, else why it has not.
func (c *counter) kept() string {
	path := filepath.Join(filepath.Dir(c.path), "state", "history.db")
	file, err := history.OpenRead(c.t.Context(), path, history.Opts{})
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	_, ok, err := file.LastGood(c.t.Context())
	if !ok {
		return fmt.Sprintf("no last good file, error %v", err)
	}
	return "kept"
}

// A history that turns out to be damaged is set aside with a message, and the source
// is asked for everything again.
func TestRunDamaged(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	c := startCounter(t, bambooPolicy(at.URL))
	c.wait("glass", func() string { return c.out(0) }, glass(t, "2"))
	c.wait("history", c.kept, "kept")
	c.stop(os.Kill)

	path := filepath.Join(filepath.Dir(c.path), "state", "history.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(data, []byte("release-1"), []byte("release-2")), 0o640); err != nil {
		t.Fatal(err)
	}
	c = c.again()
	c.wait("log", c.log, "the file is damaged")
	c.wait("log", c.log, "the source is asked for everything again")
	c.wait("glass", func() string { return c.out(0) }, glass(t, "2"))
	c.stop(syscall.SIGTERM)
	aside, err := filepath.Glob(path + ".damaged-*")
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: got %v, %v, want one file", aside, err)
	}
}

// Where there can be no history, the wall goes on from memory and says so.
func TestRunWithoutState(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	dir := t.TempDir()
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue"), done: make(chan error, 1)}
	c.save(bambooPolicy(at.URL))
	c.run(append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(c.path, "no directory")))
	c.wait("glass", func() string { return c.out(0) }, glass(t, "2"))
	c.wait("log", c.log, "without a history the number is gone with a restart")
	c.stop(syscall.SIGTERM)
}

// While counter.cue is refused, explain tells of the policy that is in force.
func TestExplainWhileRefused(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	c := startCounter(t, bambooPolicy(at.URL))
	c.wait("glass", func() string { return c.out(0) }, glass(t, "2"))
	c.wait("history", c.kept, "kept")
	c.save(strings.Replace(bambooPolicy(at.URL), "Monday", "Mnday", 1))
	c.wait("log", c.log, "is refused; nothing changes")

	explain := exec.Command("fridaycounter", "explain", "--config", c.path)
	explain.Env = c.cmd.Env
	var stdout, stderr bytes.Buffer
	explain.Stdout, explain.Stderr = &stdout, &stderr
	if err := explain.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if got, want := stdout.String(), "2 weeks since "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := stderr.String(), "by the last good copy of it, which is in force"; !strings.Contains(got, want) {
		t.Errorf("stderr: got %q, want %q", got, want)
	}
	c.stop(syscall.SIGTERM)
}
