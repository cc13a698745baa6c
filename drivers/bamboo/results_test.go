package bamboo

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A list that is not newest first is read whole in each poll, and one that cannot be
// brings nothing.
func TestUnorderedList(t *testing.T) {
	s := one(history(60))
	s.Paging = oldestFirst
	m := newMemory()
	for range 2 {
		if a := ask(t, client(t, s), m, noon); len(a.Deployments) != 60 || len(whole(a)) != 1 {
			t.Errorf("oldest first: got %d deployments, %d environments read whole; want 60, 1", len(a.Deployments), len(whole(a)))
		}
	}
	a, err := newClient(t, flat{URL: start(t, s), MaxPages: 2}).Poll(t.Context(), nil, noon)
	if err == nil || !strings.Contains(err.Error(), "not newest first, and longer") || len(whole(a))+len(a.Deployments) > 0 {
		t.Errorf("a long list: got %d deployments, %v", len(a.Deployments), err)
	}
	// The start of one result was rewritten.
	results := history(60)
	results[30].Started = results[30].Started.Add(12 * time.Hour)
	s = one(results)
	s.Paging = asListed
	m = newMemory()
	if ask(t, client(t, s), m, noon); m.results() != 60 {
		t.Errorf("a rewritten start: got %d results, want 60", m.results())
	}
	// Old servers have dates to the second: within it nothing is out of order.
	results = history(60)
	results[30].Started = results[31].Started.Add(time.Millisecond)
	s = one(results)
	s.Paging = asListed
	m = newMemory()
	if ask(t, client(t, s), m, noon); m.results() != 60 {
		t.Errorf("got %d results, want 60", m.results())
	}
}

func TestSteadyPoll(t *testing.T) {
	s := one(history(2000))
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, noon)
	first := m.Environments[0]
	get := func() int {
		before := s.Total()
		ask(t, c, m, noon)
		if got := m.Environments[0]; got.CompleteFrom != first.CompleteFrom || got.Exhausted != first.Exhausted {
			t.Errorf("got the coverage %+v, want it unchanged: %+v", got, first)
		}
		return s.Total() - before
	}
	if got := get(); got != 1 {
		t.Errorf("nothing new: got %d requests, want 1", got)
	}
	results := &s.Projects[0].Environments[0].Results
	*results = append(*results, bambootest.Result{ID: 5000, Started: noon.Add(-time.Minute), Executed: noon.Add(-time.Minute), Finished: noon})
	if got := get(); got != 1 {
		t.Errorf("one more: got %d requests, want 1", got)
	}
	for i := range 60 {
		at := noon.Add(time.Duration(i-60) * time.Second)
		*results = append(*results, bambootest.Result{ID: int64(6000 + i), Started: at, Executed: at, Finished: at})
	}
	if got := get(); got != 3 {
		t.Errorf("60 more in pages of 25: got %d requests, want 3", got)
	}
	if got, want := m.results(), 2000+1+60; got != want {
		t.Errorf("got %d deployments, want %d", got, want)
	}
	// Another client with the same memory, as after a restart.
	c = client(t, s, "7")
	ask(t, c, m, noon)
	if got := get(); got != 1 {
		t.Errorf("after a restart: got %d requests, want 1", got)
	}
}

// A lost login that is answered with an empty list is an error where results are known;
// a list of which everything expired is none. An empty list that claims a size is one too.
func TestListIsSuddenlyEmpty(t *testing.T) {
	s := one(history(30))
	c := client(t, s)
	m := newMemory()
	ask(t, c, m, noon)
	s.Inject("results", 1, bambootest.Respond(200, "application/json", `{"size":0,"results":[]}`))
	s.Inject("deploy/environment/7", 1, bambootest.Status(404))
	a, err := m.poll(c, noon)
	if source.KindOf(err) != source.Missing || len(whole(a)) != 0 {
		t.Errorf("a lost login: got %d environments, %v", len(whole(a)), err)
	}
	s.Change(func(s *bambootest.Server) { s.Projects[0].Environments[0].Results = nil })
	if a := ask(t, c, m, noon); len(whole(a)) != 1 || !a.Environments[0].Exhausted {
		t.Errorf("all expired: got %+v", a.Environments)
	}
	s.Paging = sized(func(int, int) int { return 30 })
	if a, err := c.Poll(t.Context(), nil, noon); err == nil || len(whole(a)) != 0 {
		t.Errorf("with a size: got %d environments, %v", len(whole(a)), err)
	}
}

// Results that expired unseen are said.
func TestNoKnownResultListed(t *testing.T) {
	s := one(history(100))
	c := client(t, s, "Production")
	m := newMemory()
	now := noon.Add(-70*time.Hour + 30*time.Minute)
	s.Clock = func() time.Time { return now }
	ask(t, c, m, now)
	now = noon
	s.Change(func(s *bambootest.Server) {
		s.Projects[0].Environments[0].Results = s.Projects[0].Environments[0].Results[60:]
	})
	a := ask(t, c, m, now)
	if got, want := a.Environments[0].From, noon.Add(-40*time.Hour); !got.Equal(want) {
		t.Errorf("got coverage from %v, want %v", got, want)
	}
	if len(a.Notes) != 1 || a.Notes[0].Topic != "gap 7" {
		t.Errorf("got the notes %v, want a gap", a.Notes)
	}
}

// Expiry alone takes nothing from what is known.
func TestExpiredResultsStayKnown(t *testing.T) {
	s := one(history(100))
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(s *bambootest.Server) {
		s.Projects[0].Environments[0].Results = s.Projects[0].Environments[0].Results[98:]
	})
	if got := ask(t, c, m, noon).Environments[0]; got.From != noon.Add(-100*time.Hour) || !got.Exhausted || got.Reading != source.ReadWhole {
		t.Errorf("got %+v", got)
	}
}

// A record that cannot be judged is named, and changes nothing for its neighbours.
func TestUnusableResultIsNamed(t *testing.T) {
	for _, test := range []struct{ field, value, want string }{
		{"startedDate", "-1", "-1"}, {"executedDate", "1e300", "1e300"}, {"finishedDate", "253402300800000", "253402300800000"},
		{"finishedDate", `"` + strings.Repeat("x", 100) + `"`, `"` + strings.Repeat("x", 39)},
		{"finishedDate", `{"a":"\u001b"}`, `{"a":"\u001b"}`},
		{"id", `"x"`, `"x"`}, {"id", "9223372036854775808", "9223372036854775808"}, {"id", "-5", "-5"}, {"id", "null", "absent"}, {"id", "[]", "[]"},
		{"deploymentVersionName", "5", "of type number"}, {"deploymentState", "{}", "of type object"},
	} {
		s := one(history(3))
		name, was := `"`+test.field+`":`, ""
		if test.field == "id" {
			name, was = `,"id":`, "1002" // not that of the release
		}
		s.Inject("results", -1, replace(func(body []byte) []byte {
			return []byte(strings.Replace(string(body), name+was, name+test.value+`,"was":`+was, 1))
		}))
		a, err := newMemory().poll(client(t, s, "Production"), noon)
		id := "1002"
		if test.field == "id" {
			id = ""
		}
		if err != nil || len(a.Deployments) != 2 || len(a.Unusable) != 1 {
			t.Errorf("%s %s: got %d deployments, %+v, %v", test.field, test.value, len(a.Deployments), a.Unusable, err)
			continue
		}
		if got, want := a.Unusable[0], (source.Unusable{EnvironmentID: "7", ID: id, Field: test.field, Value: test.want}); got != want {
			t.Errorf("%s %s: got %+v, want %+v", test.field, test.value, got, want)
		}
	}
}

// Dates in seconds, or of an earlier year, do not end the reading before it is at the
// end, and those of the future do not upset it.
func TestUnusableDatesInList(t *testing.T) {
	for _, test := range []struct {
		name string
		odd  time.Time
	}{{"seconds", time.UnixMilli(noon.Unix())}, {"future", noon.AddDate(1, 0, 0)}} {
		results := history(120)
		s := one(results)
		s.Clock, s.NoDate = nil, true
		c := newClient(t, flat{URL: start(t, s), HistoryFrom: noon.AddDate(-1, 0, 0), Transport: inPlace(results[110].Started, test.odd)})
		m := newMemory()
		ask(t, c, m, noon)
		if e := m.Environments[0]; m.results() != 120 || !e.Exhausted || !e.CompleteFrom.Equal(noon.Add(-120*time.Hour)) {
			t.Errorf("%s: got %d results, complete from %v", test.name, m.results(), e.CompleteFrom)
		}
	}
}

// inPlace sends one date of the answers as another.
func inPlace(was, is time.Time) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		body = bytes.ReplaceAll(body, fmt.Append(nil, was.UnixMilli()), fmt.Append(nil, is.UnixMilli()))
		response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), -1
		return response, err
	})
}

// Both runs of an id that was given out twice are in the answer.
func TestTwoRunsOfOneID(t *testing.T) {
	results := history(5)
	results[1].ID = results[4].ID
	a := ask(t, client(t, one(results), "7"), newMemory(), noon)
	starts := map[time.Time]bool{}
	for _, d := range a.Deployments {
		if d.ID == "1004" {
			starts[d.Started.UTC()] = true
		}
	}
	if !starts[results[1].Started] || !starts[results[4].Started] {
		t.Errorf("got the starts %v of 1004, want both", starts)
	}
}

// A poll that brings nothing new is one request, however much is known, and however far
// back.
func TestSteadyIsOneRequest(t *testing.T) {
	results := history(10000)
	for _, test := range []struct {
		name      string
		from      int // hours ago
		exhausted bool
	}{{"to the end", 10000, true}, {"beyond the horizon", 9500, false}, {"to the horizon", 9000, false}} {
		m := stored(results, noon.Add(-time.Duration(test.from)*time.Hour), test.exhausted)
		s := one(results)
		c := newClient(t, flat{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: noon.Add(-9000 * time.Hour)})
		for minute := range 5 {
			before := s.Requests()
			if _, err := m.poll(c, noon.Add(time.Duration(minute)*time.Minute)); err != nil {
				t.Fatal(err)
			}
			if got, want := s.Requests()[listPath]-before[listPath], 1; got != want {
				t.Errorf("%s: poll %d: got %d requests, want %d", test.name, minute, got, want)
			}
		}
	}
}

// stored is a memory of results that were read an hour ago.
func stored(results []bambootest.Result, from time.Time, exhausted bool) *memory {
	m := newMemory()
	k := source.KnownEnvironment{Read: noon.Add(-time.Hour)}
	k.ID, k.Name, k.ProjectID, k.Project = "7", "Production", "3", "shop"
	k.CompleteFrom, k.Exhausted = from, exhausted
	for _, r := range results {
		k.Deployments = append(k.Deployments, rules.Deployment{ID: fmt.Sprint(r.ID), EnvironmentID: "7",
			Started: r.Started, Executed: r.Executed, Finished: r.Finished, State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished})
	}
	slices.SortFunc(k.Deployments, source.CompareRuns)
	m.Environments = []source.KnownEnvironment{k}
	return m
}

// What an import brought does not hide a gap: results that are newer than the last reading
// are not taken for its end.
func TestImportHidesNothing(t *testing.T) {
	results := history(300)
	m := stored(append(slices.Clone(results[:200]), results[250:280]...), noon.Add(-300*time.Hour), true)
	m.Environments[0].Read = noon.Add(-100 * time.Hour)
	s := one(results)
	ask(t, client(t, s, "7"), m, noon)
	if got := m.results(); got != 300 {
		t.Errorf("got %d results, want 300", got)
	}
	// Nor in a first reading that goes on.
	m = stored(results[200:], noon.Add(-100*time.Hour).Add(source.Longest), false)
	m.Environments[0].Partial, m.Environments[0].Read = true, time.Time{}
	for _, r := range results[20:50] {
		m.Environments[0].Deployments = append(m.Environments[0].Deployments, rules.Deployment{ID: fmt.Sprint(r.ID), EnvironmentID: "7", Started: r.Started, LifeCycle: rules.LifeCycleFinished})
	}
	slices.SortFunc(m.Environments[0].Deployments, source.CompareRuns)
	ask(t, client(t, one(results), "7"), m, noon)
	if got := m.results(); got != 300 {
		t.Errorf("a first reading: got %d results, want 300", got)
	}
}
