package web

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openAPI []byte

// routes returns the handlers by path.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", s.page)
	mux.HandleFunc("/style.css", asset("text/css; charset=utf-8", styleCSS))
	mux.HandleFunc("/live.js", asset("text/javascript; charset=utf-8", liveJS))
	mux.HandleFunc("/events", s.events)
	mux.HandleFunc("/frame.svg", s.frameSVG)
	mux.HandleFunc("/frame.png", s.framePNG)
	mux.HandleFunc("/badge.svg", s.badge)
	mux.HandleFunc("/calendar.svg", s.calendar)
	mux.HandleFunc("/api/v1/streak", func(w http.ResponseWriter, r *http.Request) { s.shown.Load().Streak.serve(w, r) })
	mux.Handle("/api/v1/explain", endpoint(s.explain))
	mux.Handle("/api/v1/deployments", endpoint(s.deployments))
	mux.Handle("/api/v1/gate", endpoint(s.gate))
	mux.HandleFunc("/api/v1/openapi.json", asset(jsonType, openAPI))
	mux.HandleFunc("/healthz", s.healthz)
	mux.HandleFunc("/readyz", s.readyz)
	if s.o.Metrics != nil {
		mux.Handle("/metrics", s.o.Metrics)
	}
	return mux
}

// asset serves a file of the program.
func asset(contentType string, body []byte) http.HandlerFunc {
	tag := tagOf(body)
	return func(w http.ResponseWriter, r *http.Request) { serve(w, r, contentType, tag, body) }
}

// page serves the page with the glass as it is now. The script compares View-Version
// with the event "view".
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	shown := s.shown.Load()
	w.Header().Set("View-Version", shown.version)
	f, _, _ := s.hub.now()
	body := shown.withGlass(f.svg())
	serve(w, r, "text/html; charset=utf-8", tagOf(body), body)
}

func (s *Server) frameSVG(w http.ResponseWriter, r *http.Request) {
	f, _, _ := s.hub.now()
	embeddable(w, r, svgType, f.svg())
}

func (s *Server) framePNG(w http.ResponseWriter, r *http.Request) {
	f, _, _ := s.hub.now()
	embeddable(w, r, "image/png", f.png())
}

func (s *Server) badge(w http.ResponseWriter, r *http.Request) {
	embeddable(w, r, svgType, s.shown.Load().Badge().SVG())
}

func (s *Server) calendar(w http.ResponseWriter, r *http.Request) {
	shown := s.shown.Load()
	if len(shown.Year.Days) == 0 {
		problem(w, http.StatusServiceUnavailable, "nothing is known yet")
		return
	}
	embeddable(w, r, svgType, shown.calendar())
}

const svgType = "image/svg+xml"

// embeddable serves a picture that pages of other hosts may show, as a README does.
func embeddable(w http.ResponseWriter, r *http.Request, contentType string, body []byte) {
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	serve(w, r, contentType, tagOf(body), body)
}
