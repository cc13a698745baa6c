package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fullPipe is a pipe that takes nothing more until somebody reads.
func fullPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	fd := int(w.Fd()) // each call makes it block again
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := syscall.Write(fd, make([]byte, 1024)); err != nil {
			break
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return r, w
}

// An output that nobody reads stops neither the other displays nor SIGTERM.
func TestRunOfAStuckTerminal(t *testing.T) {
	dir, address := t.TempDir(), freeAddress(t)
	c := &counter{t: t, path: filepath.Join(dir, "counter.cue")}
	days := deployAgo(t, dir, 16, 1)
	policy := func(day string) string {
		return strings.Replace(pagePolicy(day, address), "pages: [", `pages: [{text: "scrolling, scrolling, scrolling", overflow: "scroll"}, `, 1)
	}
	c.save(policy(days[0]))
	_, out := fullPipe(t)
	cmd := exec.Command("fridaycounter", "run", "--trust-clock", "--config", c.path)
	cmd.Env = append(os.Environ(), "STATE_DIRECTORY="+filepath.Join(dir, "state"))
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	out.Close()
	c.wait("page", func() string { return fetch("http://" + address + "/api/v1/streak") }, `"weeks": 2`)
	c.save(policy(days[1]))
	c.wait("page", func() string { return fetch("http://" + address + "/api/v1/streak") }, `"weeks": 0`)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("SIGTERM does not end it")
	}
}

// Nor does a command stay that cannot tell what went wrong.
func TestErrorOnAStuckTerminal(t *testing.T) {
	_, out := fullPipe(t)
	cmd := exec.Command("fridaycounter", "vet", filepath.Join(t.TempDir(), "none.cue"))
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	out.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("it ended by itself: %v", err)
	case <-time.After(2 * time.Second):
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("SIGTERM does not end it")
	}
}
