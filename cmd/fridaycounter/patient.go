package main

import "io"

// A patientWriter is a log on an output that may take nothing. It may be used from any
// goroutine.
type patientWriter struct {
	aside
	out     io.Writer
	waiting backlog
}

// Write queues lines. What has no room is lost, as is what cannot be written, and that is
// told in its place.
func (w *patientWriter) Write(lines []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting.add(lines)
	w.start(w.next)
	return len(lines), nil
}

func (w *patientWriter) next() func() {
	size, lines := w.waiting.size(), w.waiting.take()
	if len(lines) == 0 {
		return nil
	}
	return func() {
		_, err := w.out.Write(lines)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.waiting.failed += size; err == nil {
			w.waiting.failed = 0
		}
	}
}
