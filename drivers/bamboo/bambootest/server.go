package bambootest

import (
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
	// OpenToAnonymous answers a wrong or absent login with what anonymous users
	// may see, which is nothing: 200 and empty lists.
	OpenToAnonymous bool
	// PageSize is how many results a page holds when the request does not say;
	// 0: 25. MaxPageSize is the most that a request gets; 0: PageSize.
	PageSize    int
	MaxPageSize int
	// Clock tells what exists already and goes into the Date header. Nil:
	// everything exists, and Date is the time of the machine.
	Clock func() time.Time
	// NoDate leaves out the Date header, for clocks that run so fast that it
	// would be wrong on arrival.
	NoDate  bool
	Version string // "": 9.2.1
	Quirks  Quirks

	mu       sync.Mutex
	requests map[string]int
	failures int
	faults   []*injected
	served   int // pages of results
}

// Quirks are ways in which answers differ from the usual. The zero Quirks is the
// usual way.
type Quirks struct {
	Size         func(total, page int) int // what size claims; nil: the total
	NullDates    bool                      // absent dates are null
	ZeroDates    bool                      // absent dates are 0
	NumericOID   bool                      // oid is a number beyond 2^53, as in 2016
	TitleWords   bool                      // Successful, InProgress: the OpenAPI's vocabulary
	IgnoreStart  bool                      // every page is the first
	Endless      bool                      // after the list, the list again
	EndlessFresh bool                      // after the list, made-up results without end
	EmptyAfter   int                       // pages from this element on are empty; 0: off
	OldestFirst  bool                      // wrong order
	// BetweenPages is called after each page of results, within Change; nil: not.
	BetweenPages func(*Server, int)
}

// Change calls f while no request is served.
func (s *Server) Change(f func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// Requests returns how many requests came for each path, without query and
// context path.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]int{}
	for path, n := range s.requests {
		all[path] = n
	}
	return all
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
func (s *Server) Failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// Unlock forgets wrong logins, as solving the CAPTCHA does.
func (s *Server) Unlock() { s.Change(func(s *Server) { s.failures = 0 }) }

// injected is a fault that waits for its requests.
type injected struct {
	path  string
	times int
	fault Fault
}

// Inject lets the next requests whose path contains path meet a fault instead;
// times < 0: all of them. Of several that fit, the first injected is met.
func (s *Server) Inject(path string, times int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &injected{path, times, f})
}

// Heal takes all faults away.
func (s *Server) Heal() { s.Change(func(s *Server) { s.faults = nil }) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, s.ContextPath)
	if fault := s.begin(w, path); fault != nil {
		fault(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, path, ok) })).ServeHTTP(w, r)
		return
	}
	s.answer(w, r, path, ok)
}

// begin notes a request, dates its answer, and returns the fault that it meets,
// or nil.
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

func (s *Server) answer(w http.ResponseWriter, r *http.Request, path string, inContext bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	call, ok := strings.CutPrefix(path, "/rest/api/latest/")
	if !ok || !inContext {
		s.fail(w, r, http.StatusNotFound, "null for uri: "+r.URL.Path)
		return
	}
	if r.Method != http.MethodGet {
		s.fail(w, r, http.StatusMethodNotAllowed, "only GET is served")
		return
	}
	visible, status := s.admit(w, r)
	if status != 0 {
		s.fail(w, r, status, http.StatusText(status))
		return
	}
	s.route(w, r, call, visible)
}

// admit checks the login. It returns whether the user may see anything, or the
// status that refuses.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) (visible bool, status int) {
	if s.Token == "" && s.Username == "" {
		return true, 0
	}
	user, password, basic := r.BasicAuth()
	given := r.Header.Get("Authorization")
	locked := s.failures >= maxFailures
	switch {
	case locked && given != "":
		w.Header().Set("X-Seraph-LoginReason", "AUTHENTICATION_DENIED")
		w.Header().Set("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url=/userlogin.action")
		return false, http.StatusForbidden
	case s.Token != "" && given == "Bearer "+s.Token:
		return true, 0
	case s.Username != "" && basic && user == s.Username && password == s.Password:
		return true, 0
	}
	if s.OpenToAnonymous {
		return false, 0
	}
	if given != "" {
		s.failures++
	}
	return false, http.StatusUnauthorized
}
