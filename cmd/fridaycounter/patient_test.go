package main

import (
	"bytes"
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

// readAll reads what was written to a pipe that was full, without what filled it.
func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimLeft(all, "\x00"))
}

// A log that nobody reads keeps nobody waiting. What there was room for comes in order
// once it is read, and then how much was lost.
func TestPatientWriter(t *testing.T) {
	r, out := fullPipe(t)
	w := &patientWriter{out: out}
	began := time.Now()
	const lines = 10_000
	for i := range lines {
		if _, err := fmt.Fprintf(w, "line %d %s\n", i, strings.Repeat("x", 50)); err != nil {
			t.Fatal(err)
		}
	}
	w.flush(50 * time.Millisecond)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a pipe that nobody reads: it took %s", took)
	}
	go func() {
		w.flush(20 * time.Second)
		out.Close()
	}()
	next, notes := 0, 0 // how often it is full depends on when its goroutine runs
	for line := range strings.Lines(readAll(t, r)) {
		var number, lost int
		if _, err := fmt.Sscanf(line, "fridaycounter: note: the output took nothing for a while; lost here: %d lines", &lost); err == nil {
			next, notes = next+lost, notes+1
		} else if _, err := fmt.Sscanf(line, "line %d ", &number); err != nil || number != next {
			t.Fatalf("got %q, want line %d", line, next)
		} else {
			next++
		}
	}
	if next != lines || notes == 0 {
		t.Errorf("got %d lines kept or told of as lost, in %d notes, want %d and at least one", next, notes, lines)
	}
}

// What cannot be written is told of in its place.
func TestPatientWriterError(t *testing.T) {
	out := &failing{times: 2}
	w := &patientWriter{out: out}
	for i := range 4 {
		fmt.Fprintf(w, "line %d\n", i)
		w.flush(time.Second)
	}
	const want = "fridaycounter: note: the output could not be written; lost here: 2 lines of the log\nline 2\nline 3\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// After lines that had no room, one that would have is lost too: the note is in their
// place.
func TestBacklog(t *testing.T) {
	var b backlog
	long := strings.Repeat("x", maxBacklog-10) + "\n"
	for _, lines := range []string{long, "no room for this\nand this\n", "room\n"} {
		b.add([]byte(lines))
	}
	got, ok := strings.CutPrefix(string(b.take()), long)
	if want := "fridaycounter: note: the output took nothing for a while; lost here: 3 lines of the log\n"; !ok || got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.add([]byte("then\n"))
	if got := string(b.take()); got != "then\n" {
		t.Errorf("got %q", got)
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
