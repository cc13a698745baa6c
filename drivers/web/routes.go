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
	mux.HandleFunc("/{$}", s.page(func(v *shown) []byte { return v.page() }))
	mux.HandleFunc("/wall", s.page(func(v *shown) []byte { return v.wall() }))
	mux.HandleFunc("/style.css", asset("text/css; charset=utf-8", styleCSS))
	mux.HandleFunc("/live.js", asset("text/javascript; charset=utf-8", liveJS))
	mux.HandleFunc("/events", s.events)
	mux.HandleFunc("/frame.svg", embeddable(svgType, func() []byte { return s.hub.now().frame.svg() }))
	mux.HandleFunc("/frame.png", embeddable("image/png", func() []byte { return s.hub.now().frame.png() }))
	mux.HandleFunc("/badge.svg", embeddable(svgType, func() []byte { return s.hub.now().shown.Badge().SVG() }))
	mux.HandleFunc("/calendar.svg", embeddable(svgType, func() []byte { return s.hub.now().shown.calendar() }))
	mux.HandleFunc("/api/v1/streak", func(w http.ResponseWriter, r *http.Request) { s.hub.now().shown.Streak.serve(w, r) })
	mux.HandleFunc("/api/v1/explain", endpoint(s.explain, "rule"))
	mux.HandleFunc("/api/v1/deployments", endpoint(s.deployments, "source", "environment", "project", "from", "until", "after", "limit"))
	mux.HandleFunc("/api/v1/gate", endpoint(s.gate, "source", "project", "environment"))
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

// page serves a page with the glass as it is now. The script compares View-Version with
// the event "view".
func (s *Server) page(of func(*shown) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := s.hub.now()
		w.Header().Set("View-Version", now.shown.version)
		body := withGlass(of(now.shown), now.frame.svg())
		serve(w, r, "text/html; charset=utf-8", tagOf(body), body)
	}
}

const svgType = "image/svg+xml"

// embeddable serves a picture that pages of other hosts may show, as a README does.
func embeddable(contentType string, draw func() []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := draw()
		if body == nil {
			problem(w, http.StatusServiceUnavailable, "nothing is known yet")
			return
		}
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		serve(w, r, contentType, tagOf(body), body)
	}
}
