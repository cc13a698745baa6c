package bambootest

import (
	"fmt"
	"io"
	"net/http"
)

// A Fault answers in place of next, or changes what next answers.
type Fault func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)

type injected struct {
	path  string
	times int
	fault Fault
}

// Inject makes the next requests whose path contains path get a fault; times < 0: all of
// them. Of several faults that fit, the first injected is used up first.
func (s *Server) Inject(path string, times int, f Fault) {
	s.Change(func(s *Server) { s.faults = append(s.faults, &injected{path, times, f}) })
}

// Heal takes all faults away.
func (s *Server) Heal() { s.Change(func(s *Server) { s.faults = nil }) }

// Respond answers with a status, a content type and a body.
func Respond(status int, contentType, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Status answers with a status and Bamboo's JSON for it.
func Status(status int) Fault {
	return Respond(status, "application/json", fmt.Sprintf(`{"message":%q,"status-code":%d}`, http.StatusText(status), status))
}

// BadGateway answers 502 as a proxy does before a Bamboo that is too slow.
func BadGateway() Fault {
	return Respond(http.StatusBadGateway, "text/html", `<!DOCTYPE HTML><title>502 Server Error</title><p>The server has timed out</p>`)
}

// LoginPage answers 200 with a login page.
func LoginPage() Fault {
	return Respond(http.StatusOK, "text/html;charset=UTF-8", `<!DOCTYPE html><title>Log in</title><form></form>`)
}

// Limited answers with 429 or 503 and the given headers, name and value in turn.
func Limited(status int, headers ...string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

// Redirect answers 302 to a location.
func Redirect(location string) Fault { return Limited(http.StatusFound, "Location", location) }

// Echo answers with a status and the request's headers, as debugging proxies do.
func Echo(status int) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		r.Header.Write(w)
	}
}

// Silent accepts the request and does not answer before the client goes away.
func Silent() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.HandlerFunc) { <-r.Context().Done() }
}
