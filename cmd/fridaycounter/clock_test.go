package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Where the server's clock contradicts this machine's, once prints no number.
func TestOnceRefusesAClockThatTheServerContradicts(t *testing.T) {
	for _, c := range []struct {
		off time.Duration
		ok  bool
	}{{0, true}, {4 * time.Minute, true}, {time.Hour, false}, {-24 * time.Hour, false}} {
		server := httptest.NewServer(&bambootest.Server{Projects: demo.Year(time.Now().Add(-48 * time.Hour)).Projects(), Clock: func() time.Time { return time.Now().Add(c.off) }})
		s := &testCounter{t: t, path: t.TempDir() + "/counter.cue", state: t.TempDir(), bamboo: server.URL, address: "127.0.0.1:1"}
		s.save("Friday")
		out, stderr, code := command(t, s.path, s.state, "once")
		if host.MachineClock().State == engine.ClockTrusted {
			c.ok = true // the machine's own word counts more
		}
		if c.ok != (code == exitOK) || !c.ok && (out != "" || !strings.Contains(stderr, "and the server's")) {
			t.Errorf("off by %s: got %q, %q", c.off, out, stderr)
		}
		server.Close()
	}
}

// Where this machine's clock reads earlier than a stored date, no command prints a number.
func TestCommandsRefuseAClockBeforeTheLatestDate(t *testing.T) {
	dir := t.TempDir()
	path, stateDir := filepath.Join(dir, "counter.cue"), filepath.Join(dir, "state")
	days := deployAgo(t, dir, 16, 1)
	if err := os.WriteFile(path, []byte(dayPolicy(days[0])), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := command(t, path, stateDir, "once"); code != exitOK {
		t.Fatal(stderr)
	}
	policy, err := policyfile.Read(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	storeLater(t, filepath.Join(stateDir, "history.db"), policy.Sources[0].Key)
	for _, args := range [][]string{{"explain"}, {"streaks"}, {"snapshot", "--svg", "-"}, {"once"}} {
		out, stderr, code := command(t, path, stateDir, args...)
		if code != exitError || out != "" || !strings.Contains(stderr, "deployment 99 of shop/Production has a date of ") {
			t.Errorf("%s: got %q, %q", args[0], out, stderr)
		}
	}
	if _, stderr, code := command(t, path, stateDir, "explain", "--at", time.Now().UTC().Format(time.RFC3339)); code != exitOK {
		t.Errorf("as of an instant: got %s", stderr)
	}
}

// storeLater stores a deployment that lies ten days ahead.
func storeLater(t *testing.T, path string, key source.Key) {
	t.Helper()
	err := state.Write(t.Context(), path, func(h *history.Store) error {
		known, err := h.Load(t.Context(), key)
		if err != nil {
			return err
		}
		at, e := time.Now().Add(10*24*time.Hour).UTC().Truncate(time.Second), &known.Environments[0]
		d := rules.Deployment{
			ID: "99", EnvironmentID: e.ID, Environment: e.Name, Project: e.Project, ProjectID: e.ProjectID, Version: "later",
			Started: at, Executed: at, Finished: at.Add(time.Minute), State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		}
		return h.Save(t.Context(), &known, source.Changes{Key: key, Runs: []rules.Deployment{d}})
	})
	if err != nil {
		t.Fatal(err)
	}
}
