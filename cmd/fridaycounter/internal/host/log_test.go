package host

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
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

// failing fails so many times.
type failing struct {
	times int
	bytes.Buffer
}

func (f *failing) Write(b []byte) (int, error) {
	if f.times > 0 {
		f.times--
		return 0, errors.New("input/output error")
	}
	return f.Buffer.Write(b)
}

// A log that nobody reads keeps nobody waiting. What there was room for comes in order once it
// is read, and before the next line how much was lost.
func TestLogOfABlockedPipe(t *testing.T) {
	r, out := fullPipe(t)
	w := newLogWriter(out)
	began := time.Now()
	const lines = 10_000
	for i := range lines {
		if _, err := fmt.Fprintf(w, "line %d %s\n", i, strings.Repeat("x", 50)); err != nil {
			t.Fatal(err)
		}
	}
	w.flush(maxWait)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a pipe that nobody reads: it took %s", took)
	}
	go func() {
		w.flush(time.Minute)
		fmt.Fprintf(w, "line %d after that\n", lines)
		w.flush(time.Minute)
		out.Close()
	}()
	next, notes := 0, 0 // how often it is full depends on when its goroutine runs
	for line := range strings.Lines(readAll(t, r)) {
		var number, lost int
		if _, err := fmt.Sscanf(line, "fridaycounter: note: lines of the log lost here: %d", &lost); err == nil {
			next, notes = next+lost, notes+1
		} else if _, err := fmt.Sscanf(line, "line %d ", &number); err != nil || number != next {
			t.Fatalf("got %q, want line %d", line, next)
		} else {
			next++
		}
	}
	if next != lines+1 || notes == 0 {
		t.Errorf("got %d lines kept or told of as lost, in %d notes, want %d and at least one", next, notes, lines+1)
	}
}

// What cannot be written is told of in its place.
func TestLogError(t *testing.T) {
	out := &failing{times: 2}
	w := newLogWriter(out)
	for i := range 4 {
		fmt.Fprintf(w, "line %d\n", i)
		w.flush(maxWait)
	}
	const want = "fridaycounter: note: lines of the log lost here: 2\nline 2\nline 3\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The log on a terminal has colours unless NO_COLOR is set.
func TestLogColors(t *testing.T) {
	for noColor, want := range map[string]bool{"": true, "1": false} {
		var out bytes.Buffer
		o := NewOutput(&out, &out, func(any) bool { return true }, func(name string) string {
			return map[string]string{"TERM": "xterm", "NO_COLOR": noColor}[name]
		})
		o.Logger().Warn("polling failed")
		o.log.flush(time.Minute)
		if got := out.String(); !strings.Contains(got, "polling failed") || strings.Contains(got, "\x1b[") != want {
			t.Errorf("NO_COLOR=%s: got %q, want colours: %t", noColor, got, want)
		}
	}
}
