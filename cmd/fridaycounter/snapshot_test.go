package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The picture at the top of README.md is what the command draws. Draw it again with
// UPDATE_SCRIPTS=1.
func TestReadmePicture(t *testing.T) {
	path := filepath.Join("..", "..", "drivers", "picture", "testdata", "readme.png")
	cmd := exec.Command("fridaycounter", "snapshot", "--text", "42", "--modules", "2", "--pitch", "24", "--level", "10", "--png", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	got, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes, the command draws another picture of %d: draw it again with UPDATE_SCRIPTS=1", path, len(want), len(got))
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, []byte("](drivers/picture/testdata/readme.png)")) {
		t.Error("README.md does not show it")
	}
}

// While counter.cue is refused, snapshot draws the number by the policy that is in
// force, and the mark that the wall has.
func TestSnapshotWhileRefused(t *testing.T) {
	at := httptest.NewServer(weeksAgo(5, 2))
	defer at.Close()
	c := startCounter(t, bambooPolicy(at.URL))
	c.wait("glass", func() string { return c.out(0) }, glass(t, "2"))
	c.wait("history", c.kept, "kept")
	c.save(strings.Replace(bambooPolicy(at.URL), "Monday", "Mnday", 1))
	c.wait("log", c.log, "is refused; nothing changes")

	snapshot := exec.Command("fridaycounter", "snapshot", "--config", c.path, "--modules", "1", "--svg", "-")
	snapshot.Env = c.cmd.Env
	var stdout, stderr bytes.Buffer
	snapshot.Stdout, snapshot.Stderr = &stdout, &stderr
	if err := snapshot.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	f := led.NewFrame(8, 8)
	line, err := led.Fit("2", 8, 8, led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	line.Draw(f, 0)
	led.Refused.Draw(f, true)
	if want := ` d="` + picture.LitPath(f) + `"`; !strings.Contains(stdout.String(), want) {
		t.Errorf("got\n%s\nwant it with%s", stdout.String(), want)
	}
	c.stop(syscall.SIGTERM)
}

// TestStoredStale is when what is stored counts as stale.
func TestStoredStale(t *testing.T) {
	noon := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	config := &schema.Config{Poll: []schema.Poll{{Every: 5 * time.Minute}, {Every: 2 * time.Hour}}}
	for _, c := range []struct {
		name         string
		good, failed time.Time
		as           time.Time
		want         bool
	}{
		{"asked just now", time.Time{}, time.Time{}, noon, false},
		{"fresh", noon, time.Time{}, noon.Add(time.Minute), false},
		{"two polls and the hour", noon, time.Time{}, noon.Add(5 * time.Hour), false},
		{"overdue", noon, time.Time{}, noon.Add(5*time.Hour + time.Second), true},
		{"as of before", noon, time.Time{}, noon.AddDate(0, 0, -7), false},
		{"failed since", noon, noon.Add(time.Minute), noon.Add(2 * time.Minute), true},
		{"failed later", noon, noon.Add(time.Minute), noon.Add(30 * time.Second), false},
		{"failed before", noon, noon.Add(-time.Minute), noon.Add(time.Minute), false},
	} {
		a := asked{config: config, as: c.as, polls: history.Polls{Good: c.good, Failed: c.failed}}
		if got := a.stale(); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}
