package main

import (
	"bytes"
	"net/http/httptest"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// While counter.cue is refused, explain tells of the policy that is in force.
func TestExplainWhileRefused(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	c := startCounter(t, bambooPolicy(at.URL))
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("history", c.stored, "stored")
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
