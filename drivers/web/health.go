package web

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// The loop turns at least every 5 s.
const (
	maxReadyBeat = 10 * time.Second // longer, and what is shown may be overtaken
	maxBeat      = 90 * time.Second // longer, and only another start helps
)

// silence returns for how long the loop has not turned.
func (s *Server) silence() time.Duration {
	return s.o.Now().Sub(s.began) - time.Duration(s.beaten.Load())
}

func silenceText(d time.Duration) string {
	return fmt.Sprintf("the loop has not turned for %d s", int(d.Seconds()))
}

// healthz says whether the loop beats: a supervisor may start the program again when
// it does not.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	if silent := s.silence(); silent > maxBeat {
		plain(w, http.StatusServiceUnavailable, silenceText(silent))
		return
	}
	plain(w, http.StatusOK, "ok")
}

// readyz says whether the number can be relied on: the loop turns, the saved file is in
// force, the clock is trusted and the facts are fresh. A history that cannot be used is
// told too, but does not make the number wrong.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	health, loop := s.shown.Load().Health, ""
	if silent := s.silence(); silent > maxReadyBeat {
		loop = silenceText(silent)
	}
	status := http.StatusOK
	if cmp.Or(loop, health.File, health.Clock, health.Facts) != "" {
		status = http.StatusServiceUnavailable
	}
	plain(w, status, fmt.Sprintf("loop: %s\nfile: %s\nclock: %s\nfacts: %s\nhistory: %s",
		cmp.Or(loop, "good"), cmp.Or(health.File, "good"), cmp.Or(health.Clock, "good"), cmp.Or(health.Facts, "good"), cmp.Or(health.History, "good")))
}
