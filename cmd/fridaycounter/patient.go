package main

import (
	"errors"
	"io"
	"sync"
	"time"
)

// A patientWriter lets nobody wait for an output that takes nothing, such as a terminal
// after Ctrl-S or a pipe that nobody reads: the loop that lights the LEDs writes to it.
// What was written is given to the output in order, on a goroutine of its own. It may
// be used from any goroutine.
type patientWriter struct {
	out io.Writer

	mu      sync.Mutex
	queue   []byte
	busy    bool          // the goroutine has something to write
	err     error         // of the output; told by the next Write
	emptied chan struct{} // closed when the goroutine has written everything
}

// maxPatience is how many bytes wait for an output: some frames, or the log of hours.
const maxPatience = 64 << 10

// errStuck is what a Write gets whose bytes are dropped.
var errStuck = errors.New("the output takes nothing")

// Write queues bytes, all or none.
func (w *patientWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.err; err != nil {
		w.err = nil
		return 0, err
	}
	if len(w.queue)+len(b) > maxPatience && len(w.queue) > 0 {
		return 0, errStuck
	}
	w.queue = append(w.queue, b...)
	if !w.busy {
		w.busy, w.emptied = true, make(chan struct{})
		go w.run()
	}
	return len(b), nil
}

// run writes what waits until nothing does.
func (w *patientWriter) run() {
	for {
		w.mu.Lock()
		b := w.queue
		w.queue = nil
		if len(b) == 0 {
			w.busy = false
			close(w.emptied)
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		if _, err := w.out.Write(b); err != nil {
			w.mu.Lock()
			w.err = err
			w.mu.Unlock()
		}
	}
}

// flush waits until everything is written, but not longer than d.
func (w *patientWriter) flush(d time.Duration) {
	w.mu.Lock()
	busy, emptied := w.busy, w.emptied
	w.mu.Unlock()
	if !busy {
		return
	}
	select {
	case <-emptied:
	case <-time.After(d):
	}
}
