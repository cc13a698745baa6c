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

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
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
	c.wait("glass", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("history", c.stored, "stored")
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
