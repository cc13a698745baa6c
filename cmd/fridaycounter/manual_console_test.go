package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
)

// TestManualConsole runs what the pages show of a terminal, in their order, and compares what
// comes out. There are the shipped policy and scenarios, with the demo's Bamboo; wrong.cue,
// where a weekday is misspelt; and new.cue, which forbids Thursdays from 15:30 too.
func TestManualConsole(t *testing.T) {
	if testing.Short() {
		t.Skip("the manual is the same on every machine")
	}
	server := httptest.NewServer(demo.Bamboo(func() time.Time { return demo.Emergency().Add(time.Hour) }))
	defer server.Close()
	checked := 0
	for _, p := range manual(t) {
		blocks := p.in("console")
		if len(blocks) == 0 {
			continue
		}
		c := newConsole(t, server.URL)
		for _, block := range blocks {
			for step := range strings.SplitSeq("\n"+block, "\n$ ") {
				command, want, _ := strings.Cut(step, "\n")
				if command == "" {
					continue // what is before the first
				}
				checked++
				if diff := cmp.Diff(strings.TrimSpace(want), c.run(command)); diff != "" {
					t.Errorf("%s: %s: - what the page shows, + what comes:\n%s", p.path, command, diff)
				}
			}
		}
	}
	if checked < 4 {
		t.Errorf("found %d commands only", checked)
	}
}

// A console is a folder with a policy, and a history of its Bamboo.
type console struct {
	t           *testing.T
	dir, bamboo string
}

func newConsole(t *testing.T, bamboo string) *console {
	t.Helper()
	c := &console{t, t.TempDir(), bamboo}
	c.run("fridaycounter init .")
	path := filepath.Join(c.dir, "counter.cue")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	policy := strings.Replace(string(data), "https://bamboo.example.com", bamboo, 1)
	for name, text := range map[string]string{
		"counter.cue":  policy,
		"wrong.cue":    strings.Replace(policy, `{every: "5m", during: [{weekdays: ["Friday"]`, `{every: "5m", during: [{weekdays: ["Frday"]`, 1),
		"new.cue":      strings.Replace(policy, `forbid: [`, `forbid: [{weekdays: ["Thursday"], from: "15:30"}, `, 1),
		"bamboo-token": "secret\n",
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := c.run("fridaycounter once --at 2026-03-13T17:30:00-07:00"); !strings.Contains(out, "0 weeks since Friday 13 March 2026") {
		t.Fatalf("got %s", out)
	}
	return c
}

// run runs a command, and returns what it says.
func (c *console) run(command string) string {
	c.t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "HOME="+c.dir, "STATE_DIRECTORY="+filepath.Join(c.dir, "state"), "CREDENTIALS_DIRECTORY="+c.dir)
	out, _ := cmd.CombinedOutput() // how it exits is a part of the text, if the page shows it
	text := strings.ReplaceAll(string(out), c.bamboo, "https://bamboo.example.com")
	text = regexp.MustCompile(`(?m)^  bamboo was last read completely on .*\n`).ReplaceAllString(text, "") // today
	return strings.TrimSpace(text)
}
