package web

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// The loop turns at least every 5 s.
const (
	maxReadySilence = 10 * time.Second // longer, and what is shown may be out of date
	maxSilence      = 90 * time.Second // longer, and only a restart helps
)

// silence says for how long the loop has not turned, if that is longer than most.
func (s *Server) silence(most time.Duration) string {
	if silent := s.o.Now().Sub(*s.beat.Load()); silent > most {
		return fmt.Sprintf("the loop has not turned for %d s", int(silent.Seconds()))
	}
	return ""
}

// healthz says whether the loop is alive, for a supervisor that may restart the program.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	if loop := s.silence(maxSilence); loop != "" {
		plain(w, http.StatusServiceUnavailable, loop)
		return
	}
	plain(w, http.StatusOK, "ok")
}

// readyz says whether the number can be relied on: the loop is alive, the saved file is
// in force, the clock is trusted and the facts are fresh. A history that cannot be used
// is named, but does not make the number wrong.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	health, loop := s.hub.now().shown.Health, s.silence(maxReadySilence)
	status := http.StatusOK
	if cmp.Or(loop, health.File, health.Clock, health.Facts) != "" {
		status = http.StatusServiceUnavailable
	}
	plain(w, status, fmt.Sprintf("loop: %s\nfile: %s\nclock: %s\nfacts: %s\nhistory: %s",
		cmp.Or(loop, "good"), cmp.Or(health.File, "good"), cmp.Or(health.Clock, "good"), cmp.Or(health.Facts, "good"), cmp.Or(health.History, "good")))
}
