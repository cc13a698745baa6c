package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPatientWriter(t *testing.T) {
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w := &patientWriter{out: out}
	var want bytes.Buffer
	stuck := false
	began := time.Now()
	for i := range 10_000 { // more than the pipe and the queue take
		line := fmt.Sprintf("line %d %s\n", i, strings.Repeat("x", 50))
		if _, err := w.Write([]byte(line)); errors.Is(err, errStuck) {
			stuck = true
		} else if err != nil {
			t.Fatal(err)
		} else {
			want.WriteString(line)
		}
	}
	w.flush(50 * time.Millisecond)
	if took := time.Since(began); !stuck || took > 5*time.Second {
		t.Errorf("a pipe that nobody reads: stuck %v, after %s", stuck, took)
	}
	go func() {
		w.flush(20 * time.Second)
		out.Close()
	}()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("got %d bytes, %v, want %d in order", len(got), err, want.Len())
	}
	if _, err := w.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	w.flush(20 * time.Second)
	if _, err := w.Write([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the output was closed: got %v", err)
	}
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
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// The rest of the pipe is filled before the counter begins.
	fd := int(out.Fd()) // each call makes it block again
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
