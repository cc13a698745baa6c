// Package host is what the counter needs of the machine it runs on: its clock, and its
// standard output and standard error, which may block.
package host

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	maxWaiting = 64 << 10               // bytes of the log that wait to be written: the log of hours
	lastWords  = 500 * time.Millisecond // how long a blocked output is waited for
)

// A logWriter writes the log on a goroutine of its own, so that nobody waits for an output
// that blocks, such as a terminal after Ctrl-S or a pipe that nobody reads. Lines beyond
// [maxWaiting] are dropped, and a note in their place says how many. Its methods may be
// called concurrently.
type logWriter struct {
	out io.Writer

	mu      sync.Mutex
	waiting []byte
	dropped int           // lines after waiting
	failed  int           // lines before waiting that could not be written
	idle    chan struct{} // closed when all is written; nil: it is
}

// Write implements io.Writer. It never fails.
func (w *logWriter) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dropped > 0 || len(w.waiting) > 0 && len(w.waiting)+len(lines) > maxWaiting {
		w.dropped += countLines(lines)
	} else {
		w.waiting = append(w.waiting, lines...)
	}
	if w.idle == nil {
		w.idle = make(chan struct{})
		go w.run()
	}
	return len(lines), nil
}

// run writes until nothing waits.
func (w *logWriter) run() {
	for {
		w.mu.Lock()
		if len(w.waiting) == 0 {
			close(w.idle)
			w.idle = nil
			w.mu.Unlock()
			return
		}
		count := countLines(w.waiting) + w.dropped
		lines := noteLost(nil, w.failed, "could not be written")
		lines = noteLost(append(lines, w.waiting...), w.dropped, "took nothing for a while")
		w.waiting, w.dropped = nil, 0
		w.mu.Unlock()
		if _, err := w.out.Write(lines); err != nil {
			w.failed += count
		} else {
			w.failed = 0
		}
	}
}

// flush waits until all is written, at most for [lastWords].
func (w *logWriter) flush() {
	w.mu.Lock()
	idle := w.idle
	w.mu.Unlock()
	if idle == nil {
		return
	}
	select {
	case <-idle:
	case <-time.After(lastWords):
	}
}

func countLines(b []byte) int { return bytes.Count(b, []byte("\n")) }

// noteLost appends how many lines were lost, if any.
func noteLost(b []byte, lines int, why string) []byte {
	if lines == 0 {
		return b
	}
	return fmt.Appendf(b, "fridaycounter: note: the output %s; lines of the log lost here: %d\n", why, lines)
}
