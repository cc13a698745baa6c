// Package host is what the counter needs of the machine it runs on: the SPI ports, the clock,
// the service manager, and standard output and standard error, which may block.
package host

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	maxQueue = 256                    // lines of the log that wait to be written: the log of hours
	maxWait  = 500 * time.Millisecond // for an output that blocks
)

// A logWriter writes the log on a goroutine of its own, so that nobody waits for an output
// that blocks, such as a terminal after Ctrl-S or a pipe that nobody reads. Lines for which
// there is no room are dropped, and a note in their place says how many. Its methods may be
// called concurrently.
type logWriter struct {
	queue chan entry

	mu      sync.Mutex
	dropped int // lines since the last one in the queue
}

// An entry is a line, or asks to be told when all lines before it are written.
type entry struct {
	line    []byte
	written chan<- struct{}
}

// newLogWriter returns a writer, whose goroutine never ends.
func newLogWriter(out io.Writer) *logWriter {
	w := &logWriter{queue: make(chan entry, maxQueue)}
	go w.run(out)
	return w
}

// Write implements io.Writer, for one line. It never fails.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.queue <- entry{line: append(noteLost(w.dropped, "took nothing for a while"), line...)}:
		w.dropped = 0
	default:
		w.dropped++
	}
	return len(line), nil
}

func (w *logWriter) run(out io.Writer) {
	failed := 0 // lines since the last one that was written
	for e := range w.queue {
		if e.written != nil {
			close(e.written)
		} else if _, err := out.Write(append(noteLost(failed, "could not be written"), e.line...)); err != nil {
			failed++
		} else {
			failed = 0
		}
	}
}

// flush waits until all is written, at most for a time.
func (w *logWriter) flush(most time.Duration) {
	timeout := time.After(most)
	written := make(chan struct{})
	select {
	case w.queue <- entry{written: written}:
	case <-timeout:
		return
	}
	select {
	case <-written:
	case <-timeout:
	}
}

// noteLost returns a line that says how many lines were lost, if any.
func noteLost(lines int, why string) []byte {
	if lines == 0 {
		return nil
	}
	return fmt.Appendf(nil, "fridaycounter: note: the output %s; lines of the log lost here: %d\n", why, lines)
}
