package web

import (
	"fmt"
	"net/http"
	"strings"
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
		refuse(w, http.StatusServiceUnavailable, silenceText(silent))
		return
	}
	state(w, http.StatusOK, "ok\n")
}

// readyz says whether the number can be relied on: the loop turns, the saved file is in
// force, the clock is trusted and the facts are fresh. A history that cannot be used is
// told too, but does not make the number wrong.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	health, loop := s.shown.Load().Health, ""
	if silent := s.silence(); silent > maxReadyBeat {
		loop = silenceText(silent)
	}
	var b strings.Builder
	status := http.StatusOK
	for _, part := range []struct {
		name, trouble string
		decides       bool
	}{{"loop", loop, true}, {"file", health.File, true}, {"clock", health.Clock, true}, {"facts", health.Facts, true}, {"history", health.History, false}} {
		text := "good"
		if part.trouble != "" {
			text = part.trouble
			if part.decides {
				status = http.StatusServiceUnavailable
			}
		}
		fmt.Fprintf(&b, "%s: %s\n", part.name, text)
	}
	state(w, status, b.String())
}

func state(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
