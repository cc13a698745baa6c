package bambootest

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxFailures is how many wrong logins lock an account (Bamboo's default).
const maxFailures = 3

// A Server is a Bamboo. Set its fields before the first request, or within
// [Server.Change]; it may be asked from any goroutine. The zero Server is empty
// and open to everyone.
type Server struct {
	Projects []Project
	// ContextPath is where Bamboo is mounted: "" or like "/bamboo".
	ContextPath string
	// Token, or Username and Password, are required; all "": anonymous users may look.
	Token    string
	Username string
	Password string
	// PageSize is how many results a page holds when the request does not say;
	// 0: 25. MaxPageSize is the most that a request gets; 0: PageSize.
	PageSize    int
	MaxPageSize int
	// Paging returns the page that is sent of a list, newest first, and the size that it
	// claims, for servers that page in their own way. It may change the server for the
	// pages that follow. Nil: [Page], and the length of the list.
	Paging func(list []Result, start, size int) (page []Result, claimed int)
	// Clock says which deployments exist already, and is the Date header. Nil:
	// everything exists, and Date is the time of the machine.
	Clock func() time.Time
	// NoDate leaves out the Date header, for clocks that run so fast that it
	// would be wrong on arrival.
	NoDate  bool
	Version string // "": 9.2.1

	mu       sync.Mutex
	requests map[string]int
	failures int
	faults   []*injected
}

// Change calls f while no request is served.
func (s *Server) Change(f func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// Requests returns how many requests came for each path, without query and
// context path.
func (s *Server) Requests() (requests map[string]int) {
	s.Change(func(s *Server) { requests = maps.Clone(s.requests) })
	return requests
}

// Total returns how many requests came.
func (s *Server) Total() int {
	total := 0
	for _, n := range s.Requests() {
		total += n
	}
	return total
}

// Failures returns how many logins were wrong.
func (s *Server) Failures() (n int) {
	s.Change(func(s *Server) { n = s.failures })
	return n
}

// Unlock forgets wrong logins, as solving the CAPTCHA does.
func (s *Server) Unlock() { s.Change(func(s *Server) { s.failures = 0 }) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, inContext := strings.CutPrefix(r.URL.Path, s.ContextPath)
	call, isCall := strings.CutPrefix(path, "/rest/api/latest/")
	answer := func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var body any
		status := http.StatusNotFound
		if isCall && inContext && r.Method == http.MethodGet {
			status, body = s.admit(w, r), s.find(call, r.URL.Query())
		}
		if status == http.StatusOK && body == nil {
			status = http.StatusNotFound
		}
		if status != http.StatusOK {
			body = object{"message": http.StatusText(status), "status-code": status}
		}
		send(w, status, body)
	}
	if fault := s.begin(w, path); fault != nil {
		fault(w, r, answer)
		return
	}
	answer(w, r)
}

// begin counts a request, dates its answer, and returns its fault, or nil.
func (s *Server) begin(w http.ResponseWriter, path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.NoDate {
		w.Header()["Date"] = nil
	} else if s.Clock != nil {
		w.Header().Set("Date", s.Clock().UTC().Format(http.TimeFormat))
	}
	if s.requests == nil {
		s.requests = map[string]int{}
	}
	s.requests[path]++
	for _, f := range s.faults {
		if f.times != 0 && strings.Contains(path, f.path) {
			f.times--
			return f.fault
		}
	}
	return nil
}

// admit checks the login. It returns the status that refuses it, or 200.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) int {
	if s.Token == "" && s.Username == "" {
		return http.StatusOK
	}
	user, password, basic := r.BasicAuth()
	given := r.Header.Get("Authorization")
	switch {
	case s.failures >= maxFailures && given != "":
		w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
		w.Header().Set("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url=/userlogin.action")
		return http.StatusForbidden
	case s.Token != "" && given == "Bearer "+s.Token:
		return http.StatusOK
	case s.Username != "" && basic && user == s.Username && password == s.Password:
		return http.StatusOK
	}
	if given != "" {
		s.failures++
	}
	return http.StatusUnauthorized
}
