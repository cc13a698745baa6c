package bamboo

import (
	"cmp"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

var _ source.Source = (*Client)(nil)

// noon is when the tests poll.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// flat are the options of a client in one struct.
type flat struct {
	URL                    string
	Projects, Environments []rules.Pattern
	Credential             func() (rest.Credential, error)
	Lockouts               *rest.Lockouts
	CAFile                 string
	Insecure               bool
	Timeout                time.Duration
	UserAgent              string
	Transport              http.RoundTripper
	HistoryFrom            time.Time
	MaxPages               int
	Progress               func(source.Progress)
}

func (f flat) opts() rest.Opts {
	return rest.Opts{
		URL: f.URL, Credential: f.Credential, Lockouts: f.Lockouts, CAFile: f.CAFile,
		Insecure: f.Insecure, Timeout: f.Timeout, UserAgent: f.UserAgent, Transport: f.Transport,
		Selection:   source.Selection{Projects: f.Projects, Environments: f.Environments},
		HistoryFrom: f.HistoryFrom, Progress: f.Progress,
	}
}

// memory keeps what polls answered, as the engine does.
type memory struct{ source.Known }

func newMemory() *memory { return &memory{source.Known{Key: source.Key{Name: "ci"}}} }

// keep takes in an answer. It is a plain stand-in for engine/facts, which drivers do not
// import.
func (m *memory) keep(a source.Answer, err error, now time.Time) {
	failed := map[string]bool{}
	for _, e := range source.All(err) {
		failed[e.EnvironmentID] = true
	}
	m.Environments = slices.Clone(m.Environments)
	for _, e := range a.Environments {
		if m.Environment(e.ID) == nil {
			m.Environments = append(m.Environments, source.KnownEnvironment{Environment: rules.Environment{ID: e.ID, Name: e.Name, ProjectID: e.ProjectID, Project: e.Project}})
			slices.SortFunc(m.Environments, func(a, b source.KnownEnvironment) int { return cmp.Compare(a.ID, b.ID) })
		}
		k := m.Environment(e.ID)
		if k.Name != e.Name {
			k.FormerNames = append(k.FormerNames, k.Name)
			k.Name = e.Name
		}
		begins := k.CompleteFrom.IsZero() && !k.Exhausted
		read, overlaps := false, false
		for _, d := range a.Deployments {
			read = read || d.EnvironmentID == e.ID
			overlaps = overlaps || d.EnvironmentID == e.ID && k.Has(d.ID)
		}
		switch {
		case e.Reading == source.ReadNothing:
		case begins, read && !overlaps && e.From.After(k.CompleteFrom): // its history begins anew
			k.CompleteFrom, k.Exhausted, k.Partial = e.From, e.Exhausted, e.Reading == source.ReadPart
		case k.Partial || e.Deeper:
			if !e.From.IsZero() && !e.From.After(k.CompleteFrom) {
				k.CompleteFrom, k.Exhausted = e.From, e.Exhausted
			}
			k.Partial = k.Partial && e.Reading == source.ReadPart
		}
		if e.Reading == source.ReadWhole && !failed[e.ID] {
			k.Read = now
		}
	}
	for i := range m.Environments {
		k := &m.Environments[i]
		k.Deployments = slices.Clone(k.Deployments)
		for _, d := range a.Deployments {
			if d.EnvironmentID != k.ID {
				continue
			}
			if at := slices.IndexFunc(k.Deployments, func(o rules.Deployment) bool { return o.ID == d.ID }); at >= 0 {
				k.Deployments[at] = d
			} else {
				k.Deployments = append(k.Deployments, d)
			}
		}
		for _, v := range a.Vanished {
			if at := slices.IndexFunc(k.Deployments, func(o rules.Deployment) bool { return o.ID == v.ID }); at >= 0 && v.EnvironmentID == k.ID {
				k.Deployments[at].LifeCycle, k.Deployments[at].Denied = rules.LifeCycleFinished, true
			}
		}
		slices.SortFunc(k.Deployments, source.CompareRuns)
	}
}

// get returns a deployment, the zero one if it is not known.
func (m *memory) get(environment, id string) rules.Deployment {
	if runs := m.Environment(environment).Runs(id); len(runs) > 0 {
		return runs[0]
	}
	return rules.Deployment{}
}

// results returns how many deployments are known.
func (m *memory) results() (n int) {
	for _, e := range m.Environments {
		n += len(e.Deployments)
	}
	return n
}

// whole returns the environments of an answer that were read whole.
func whole(a source.Answer) (list []source.Environment) {
	for _, e := range a.Environments {
		if e.Reading == source.ReadWhole {
			list = append(list, e)
		}
	}
	return list
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

func newClient(t testing.TB, o flat) *Client {
	t.Helper()
	c, err := New(o.opts())
	if err != nil {
		t.Fatal(err)
	}
	c.maxPages = cmp.Or(o.MaxPages, maxPages)
	return c
}

// client serves a Bamboo and returns a client for environments of it.
func client(t testing.TB, s *bambootest.Server, environments ...string) *Client {
	t.Helper()
	return newClient(t, flat{URL: start(t, s), Environments: patterns(t, environments...), Timeout: 5 * time.Second})
}

// poll polls once and keeps the answer.
func (m *memory) poll(c *Client, now time.Time) (source.Answer, error) {
	a, err := c.Poll(context.Background(), &m.Known, now)
	m.keep(a, err, now)
	return a, err
}

// ask polls until the source has no more, which has to go well, and returns the last
// answer with the deployments and notes of all.
func ask(t testing.TB, c *Client, m *memory, now time.Time) source.Answer {
	t.Helper()
	var all source.Answer
	for range 1000 {
		a, err := m.poll(c, now)
		if err != nil {
			t.Fatal(err)
		}
		a.Deployments, a.Notes = append(all.Deployments, a.Deployments...), append(all.Notes, a.Notes...)
		if all = a; !a.More {
			return all
		}
	}
	t.Fatal("the reading does not end")
	return all
}

// history makes n results of ids from 1000, an hour apart, the newest an hour before noon.
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

// recordings returns the folder of recorded answers beside the repository, which a
// checkout may lack, but not in CI.
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

// handled answers requests by calling a handler, without a network.
func handled(h http.Handler) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	})
}

// restored returns what a restart keeps of lockouts.
func restored(l *rest.Lockouts) *rest.Lockouts {
	again := new(rest.Lockouts)
	again.Restore(l.Snapshot())
	return again
}

func loggedIn(c rest.Credential) func() (rest.Credential, error) {
	return func() (rest.Credential, error) { return c, nil }
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
