package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
)

// policy is the page's Content-Security-Policy: no browser runs a script that came in
// as a name from Bamboo, or loads anything for it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses what is not for this server before a handler sees it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w)
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		switch {
		case !s.hosts(r.Host):
			plain(w, http.StatusMisdirectedRequest, "this host is not served here: name it in display: web: hosts")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			plain(w, http.StatusMethodNotAllowed, "read-only: GET and HEAD")
		case r.ContentLength != 0:
			h.Set("Connection", "close") // nobody reads the rest
			plain(w, http.StatusRequestEntityTooLarge, "a request has no body here")
		case len(r.URL.RawQuery) > maxQuery || len(r.URL.Path) > maxQuery:
			plain(w, http.StatusRequestURITooLong, fmt.Sprintf("the URL is longer than %d bytes", maxQuery))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// maxQuery bounds a path, and a query, in bytes.
const maxQuery = 1024

// recover stores what a handler panicked with for Show.
func (s *Server) recover(w http.ResponseWriter) {
	r := recover()
	if r == nil {
		return
	}
	if r == http.ErrAbortHandler {
		panic(r)
	}
	err := fmt.Errorf("internal error in a request: %v\n%s", r, debug.Stack())
	s.fault.CompareAndSwap(nil, &err)
	plain(w, http.StatusInternalServerError, "internal error")
}

// hosts reports whether the server answers for a Host header: loopback names and the
// configured ones. Without that, a page on another host could read this one, if its own
// name resolves to this address (DNS rebinding).
func (s *Server) hosts(header string) bool {
	if strings.HasSuffix(header, ":") {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower((&url.URL{Host: header}).Hostname()), ".")
	if address, err := netip.ParseAddr(host); err == nil && address.IsLoopback() {
		return true
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	return host != "" && slices.ContainsFunc(*s.named.Load(), func(named string) bool {
		return strings.Trim(named, "[]") == host
	})
}
