package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// maxBeat is how long the loop may be silent: it turns at least every 30 s.
const maxBeat = 90 * time.Second

// healthz says whether the loop beats: a supervisor may start the program again when
// it does not.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	silent := s.o.Now().Sub(s.began) - time.Duration(s.beaten.Load())
	if silent > maxBeat {
		refuse(w, http.StatusServiceUnavailable, fmt.Sprintf("the loop has not turned for %s", silent.Round(time.Second)))
		return
	}
	state(w, http.StatusOK, "ok\n")
}

// readyz says whether the number can be relied on: the saved file is in force, the
// clock is trusted and the facts are fresh.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	health := s.shown.Load().Health
	var b strings.Builder
	status := http.StatusOK
	for _, part := range []struct{ name, trouble string }{{"file", health.File}, {"clock", health.Clock}, {"facts", health.Facts}} {
		text := "good"
		if part.trouble != "" {
			text, status = part.trouble, http.StatusServiceUnavailable
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
