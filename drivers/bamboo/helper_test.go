package bamboo

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// noon is when the tests poll.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// memory is a Known that keeps what polls answered, as the engine does.
type memory struct {
	environments map[string]rules.Environment
	interrupted  map[string]rules.Environment
	deployments  map[string]rules.Deployment // by environment id and result id
}

func newMemory() *memory {
	return &memory{map[string]rules.Environment{}, map[string]rules.Environment{}, map[string]rules.Deployment{}}
}

func (m *memory) keep(a Answer) {
	for _, e := range a.Environments {
		m.environments[e.ID] = e
		delete(m.interrupted, e.ID)
	}
	for _, e := range a.Interrupted {
		m.interrupted[e.ID] = e
	}
	for _, d := range a.Deployments {
		m.deployments[d.EnvironmentID+"/"+d.ID] = d
	}
}

func (m *memory) Complete(id string) (time.Time, bool, bool) {
	if e, ok := m.environments[id]; ok {
		return e.CompleteFrom, e.Exhausted, true
	}
	return m.interrupted[id].CompleteFrom, false, false
}

func (m *memory) Final(environment, id string) bool {
	d, ok := m.deployments[environment+"/"+id]
	return ok && d.Final()
}

func (m *memory) Active(environment string) (ids []string) {
	for _, d := range m.deployments {
		if d.EnvironmentID == environment && !d.Final() {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// start serves a Bamboo and returns its base URL.
func start(t testing.TB, s *bambootest.Server) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL + s.ContextPath
}

func patterns(t testing.TB, texts ...string) (all []rules.Pattern) {
	t.Helper()
	for _, text := range texts {
		p, err := rules.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func newClient(t testing.TB, o Opts) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// client serves a Bamboo and returns a client for environments of it.
func client(t testing.TB, s *bambootest.Server, environments ...string) *Client {
	t.Helper()
	return newClient(t, Opts{URL: start(t, s), Environments: patterns(t, environments...), Timeout: 5 * time.Second})
}

func ask(t testing.TB, c *Client, m *memory, now time.Time) Answer {
	t.Helper()
	a, err := c.Poll(context.Background(), m, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	m.keep(a)
	return a
}

// history makes n results of ids from 1000, an hour apart, the newest an hour
// before noon.
func history(n int) []bambootest.Result {
	var all []bambootest.Result
	for i := range n {
		at := noon.Add(-time.Duration(n-i) * time.Hour)
		all = append(all, bambootest.Result{ID: int64(1000 + i), Version: "v", Started: at, Queued: at, Executed: at, Finished: at.Add(time.Minute)})
	}
	return all
}

// one is a server of one environment, id 7, Production.
func one(results []bambootest.Result) *bambootest.Server {
	return &bambootest.Server{Clock: func() time.Time { return noon }, Projects: []bambootest.Project{{ID: 3, Name: "shop",
		Environments: []bambootest.Environment{{ID: 7, Name: "Production", Results: results}}}}}
}

const listPath = "/rest/api/latest/deploy/environment/7/results"

// recordings returns the folder of recorded answers beside the repository, which
// a checkout may lack, but not in CI.
func recordings(t testing.TB) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "bamboo")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the recorded answers are missing: %v", err)
		}
		t.Skipf("the recorded answers are missing: %v", err)
	}
	return dir
}

// roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func withHeader(next http.Handler, name, value string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(name, value)
		next.ServeHTTP(w, r)
	})
}

// handled answers requests by calling a handler, without a network.
func handled(h http.Handler) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	})
}

// stored returns what a restart keeps of latches: text.
func stored(t testing.TB, l *Latches) *Latches {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	restored := new(Latches)
	if err := json.Unmarshal(text, restored); err != nil {
		t.Fatal(err)
	}
	return restored
}

// isEmpty reports whether nothing is held.
func isEmpty(t testing.TB, l *Latches) bool {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) == "[]"
}

func loggedIn(c Credential) func() (Credential, error) {
	return func() (Credential, error) { return c, nil }
}
