package main

import "io"

// A patientWriter is a log on an output that may take nothing. It may be used from any
// goroutine.
type patientWriter struct {
	aside
	out     io.Writer
	waiting backlog
	err     error // of the output; told by the next Write
}

// Write queues lines. What has no room is lost, and that is told in its place.
func (w *patientWriter) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.err; err != nil {
		w.err = nil
		return 0, err
	}
	w.waiting.add(lines)
	w.start(w.next)
	return len(lines), nil
}

func (w *patientWriter) next() func() {
	lines := w.waiting.take()
	if len(lines) == 0 {
		return nil
	}
	return func() {
		if _, err := w.out.Write(lines); err != nil {
			w.mu.Lock()
			w.err = err
			w.mu.Unlock()
		}
	}
}
