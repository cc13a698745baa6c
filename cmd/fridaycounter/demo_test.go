package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
)

// Whenever the demo is served, its emergency is between one and two weeks old.
func TestDemoYear(t *testing.T) {
	for now, end := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC); now.Before(end); now = now.Add(13 * time.Minute) {
		year := demo.Year(now)
		over := year.Emergency.Add(9 * time.Minute) // the agent needs them
		if over.Weekday() != time.Friday || now.Before(over.AddDate(0, 0, 7)) || now.After(over.AddDate(0, 0, 14).Add(15*time.Minute)) {
			t.Fatalf("at %s: the emergency is on %s", now, year.Emergency)
		}
	}
}

// startDemo starts the demo, ends it with the test, and returns what it prints.
func startDemo(t *testing.T, args ...string) *bufio.Scanner {
	t.Helper()
	cmd := exec.Command("fridaycounter", append([]string{"demo"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return bufio.NewScanner(out)
}

// The demo's page has the whole API, by the demo's clock.
func TestDemoAPI(t *testing.T) {
	lines := startDemo(t)
	page := ""
	for page == "" && lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "in a browser: "); ok {
			page = strings.TrimRight(strings.TrimSpace(url), "/")
		}
	}
	go func() { // so that the demo goes on
		for lines.Scan() {
		}
	}()
	for path, want := range map[string]string{
		"/api/v1/deployments?limit=3&until=2025-12-24": `"started": "2025-12-`,
		"/api/v1/deployments?environment=Production":   `"environment": "Production"`,
		"/api/v1/gate":    `"at": "202`,
		"/api/v1/streak":  `"stale": false`,
		"/api/v1/explain": `"decides": "breach"`,
		"/readyz":         "facts: good",
	} {
		got := ""
		for deadline := time.Now().Add(10 * time.Second); !strings.Contains(got, want); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("%s: got %s, want %s", path, got, want)
				break
			}
			got = fetch(page + path)
		}
	}
}

// The served Bamboo comes with the source to paste, which a policy reads.
func TestDemoServePrintsSource(t *testing.T) {
	lines := startDemo(t, "--serve", "127.0.0.1:0")
	if !lines.Scan() {
		t.Fatal("nothing is printed")
	}
	dir := t.TempDir()
	policy := "package counter\n\nimport \"github.com/fridaycounter/fridaycounter/schema\"\n\nschema.#Counter & {\n\ttimezone: \"America/Los_Angeles\"\n\t" + lines.Text() + `
	rules: fridays: forbid: [{weekdays: ["Friday"]}]
	poll: [{every: "1h"}]
	display: {modules: 2, terminal: {}}
}
`
	path := filepath.Join(dir, "counter.cue")
	if err := os.WriteFile(path, []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := command(t, path, dir, "once")
	if code != exitOK || !regexp.MustCompile(`^1?\d weeks? since Friday`).MatchString(stdout) {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}
