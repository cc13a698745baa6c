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

func TestFirstContact(t *testing.T) {
	never := noon.AddDate(-1, 0, 0)
	for _, test := range []struct {
		name     string
		results  int
		change   func(*bambootest.Server)
		from     time.Time // HistoryFrom
		maxPages int
		want     string // results met, coverage, exhausted
		pages    int
		polls    int
		notes    string
	}{
		{"empty", 0, nil, never, 0, "0 from - to the end", 1, 1, ""},
		{"one page", 10, nil, never, 0, "10 from 10h to the end", 4, 2, ""},
		{"many pages", 100, nil, never, 0, "100 from 100h to the end", 12, 6, ""},
		{"size honoured", 100, func(s *bambootest.Server) { s.MaxPageSize = 500 }, never, 0, "100 from 100h to the end", 4, 2, ""},
		{"one a page", 6, func(s *bambootest.Server) { s.PageSize = 1 }, never, 0, "6 from 6h to the end", 19, 7, ""},
		{"two a page", 6, func(s *bambootest.Server) { s.PageSize = 2 }, never, 0, "6 from 6h to the end", 12, 6, ""},
		// A week beyond the horizon is read for what was running at it.
		{"horizon", 1000, nil, noon.Add(-100 * time.Hour), 0, "289 from 100h", 23, 12, ""},
		{"page cap", 1000, nil, never, 3, "73 from 73h", 5, 3, "incomplete history"},
		{"size of the page", 60, func(s *bambootest.Server) { s.Paging = sized(func(_, page int) int { return page }) }, never, 0, "60 from 60h to the end", 8, 4, ""},
		{"endless repeats", 60, func(s *bambootest.Server) { s.Paging = endless }, never, 0, "60 from 60h", 12, 4, "incomplete history"},
		{"one page for ever", 60, func(s *bambootest.Server) { s.Paging = ignoringStart }, never, 0, "25 from 25h", 5, 2, "incomplete history"},
		{"double size", 60, func(s *bambootest.Server) { s.Paging = sized(func(total, _ int) int { return 2 * total }) }, never, 0, "60 from 60h", 8, 4, "incomplete history"},
		{"empty page early", 60, func(s *bambootest.Server) { s.Paging = emptyAfter(40) }, never, 0, "60 from 60h to the end", 40, 5, ""},
	} {
		s := one(history(test.results))
		if test.change != nil {
			test.change(s)
		}
		var progress []Progress
		c := newClient(t, flat{URL: start(t, s), HistoryFrom: test.from, MaxPages: test.maxPages,
			Progress: func(p Progress) { progress = append(progress, p) }})
		m := newMemory()
		polls, more := 0, true
		var notes []string
		for more && polls < 100 {
			a, err := m.poll(c, noon)
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			for _, n := range a.Notes {
				notes = append(notes, strings.TrimSuffix(n.Topic, " 7"))
			}
			polls, more = polls+1, a.More
			if e := a.Environments[0]; (e.Reading == source.ReadPart) != more {
				t.Errorf("%s: poll %d: got the reading %v, more: %v", test.name, polls, e.Reading, more)
			}
		}
		e := m.Environments[0]
		got := fmt.Sprintf("%d from -", m.results())
		if !e.CompleteFrom.IsZero() {
			got = fmt.Sprintf("%d from %.0fh", m.results(), noon.Sub(e.CompleteFrom).Hours())
		}
		if e.Exhausted {
			got += " to the end"
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		if got := s.Requests()[listPath]; got != test.pages || polls != test.polls {
			t.Errorf("%s: got %d pages in %d polls, want %d in %d", test.name, got, polls, test.pages, test.polls)
		}
		if got := strings.Join(notes, "\n"); got != test.notes {
			t.Errorf("%s: got the notes %s, want %s", test.name, got, test.notes)
		}
		if n := len(progress); test.name == "horizon" && (n == 0 || progress[n-1].Results != m.results() || progress[n-1].Environment != "Production" || !progress[n-1].Oldest.Equal(noon.Add(-289*time.Hour))) {
			t.Errorf("%s: got the progress %+v", test.name, progress)
		}
		// Then it is steady.
		before := s.Requests()[listPath]
		a := ask(t, c, m, noon)
		if got := s.Requests()[listPath] - before; got != 1 && test.results > 0 || a.More {
			t.Errorf("%s: got %d pages in a steady poll, want 1", test.name, got)
		}
	}
}

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

// A list of results that does not end is stopped by the cap.
func TestEndlessList(t *testing.T) {
	s := one(nil)
	s.Paging = endlessFresh
	c := newClient(t, flat{URL: start(t, s), HistoryFrom: time.Unix(1, 0), MaxPages: 20})
	m := newMemory()
	a := ask(t, c, m, noon)
	if got, want := s.Requests()[listPath], 39; got != want {
		t.Errorf("got %d pages, want %d", got, want)
	}
	if len(a.Notes) != 1 || a.Notes[0].Topic != "incomplete history 7" || m.Environments[0].Exhausted {
		t.Errorf("got %v, %+v", a.Notes, a.Environments)
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

// A running result is read again until it is final, wherever it is in the list.
func TestRunningIsReadAgain(t *testing.T) {
	now := noon.Add(-50 * time.Hour)
	s := one(history(40))
	s.Clock = func() time.Time { return now }
	results := &s.Projects[0].Environments[0].Results
	*results = append(*results, bambootest.Result{ID: 500, Started: now.Add(-time.Hour), Queued: now.Add(-time.Hour), Executed: now.Add(-time.Hour), Finished: noon.Add(-30 * time.Minute)})
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, now)
	state := func() string {
		d := m.get("7", "500")
		return fmt.Sprintf("%s %s %v", d.State, d.LifeCycle, d.Finished.IsZero())
	}
	if got, want := state(), "UNKNOWN IN_PROGRESS true"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	now = noon.Add(-time.Hour) // 39 newer ones: it is not on the first page any more
	ask(t, c, m, now)
	before := s.Requests()
	ask(t, c, m, now)
	path := "/rest/api/latest/deploy/result/500"
	if got := s.Requests(); got[path]-before[path] != 1 || got[listPath]-before[listPath] != 1 {
		t.Errorf("got %d and %d requests, want one for the list and one for the result", got[listPath]-before[listPath], got[path]-before[path])
	}
	now = noon
	ask(t, c, m, now)
	if got, want := state(), "SUCCESS FINISHED false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	before = s.Requests()
	ask(t, c, m, now)
	if got := s.Requests()[path] - before[path]; got != 0 {
		t.Errorf("got %d requests for a final result, want none", got)
	}
}

// A running result that the server does not have any more has vanished; one of which it
// says something else has not.
func TestRunningVanishes(t *testing.T) {
	s := one(history(3))
	results := &s.Projects[0].Environments[0].Results
	(*results)[0].Finished = noon.Add(time.Hour)
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(*bambootest.Server) { *results = (*results)[1:] })
	for _, fault := range []bambootest.Fault{bambootest.Status(500), bambootest.Status(400), bambootest.LoginPage()} {
		s.Inject("deploy/result", 1, fault)
		a, err := m.poll(c, noon)
		if err == nil || len(a.Vanished) > 0 || len(whole(a)) != 1 {
			t.Errorf("got %v and that %v vanished", err, a.Vanished)
		}
		for _, e := range source.All(err) {
			if e.EnvironmentID != "7" {
				t.Errorf("got an error of %q: %v", e.EnvironmentID, e)
			}
		}
	}
	a, err := m.poll(c, noon)
	if err != nil || len(a.Vanished) != 1 || a.Vanished[0] != (source.Ref{EnvironmentID: "7", ID: "1000"}) {
		t.Errorf("got that %v vanished, %v", a.Vanished, err)
	}
	before := s.Total()
	ask(t, c, m, noon)
	if got := s.Total() - before; got != 1 {
		t.Errorf("got %d requests afterwards, want 1", got)
	}
}

// At most 50 running results that are not listed are asked for in one poll.
func TestManyRunning(t *testing.T) {
	s := one(history(3))
	c := client(t, s, "7")
	m := newMemory()
	ask(t, c, m, noon)
	for i := range 60 {
		m.Environments[0].Deployments = append(m.Environments[0].Deployments, rules.Deployment{
			ID: fmt.Sprint(100 + i), EnvironmentID: "7", Started: noon.Add(-time.Hour), LifeCycle: rules.LifeCycleInProgress})
	}
	slices.SortFunc(m.Environments[0].Deployments, source.CompareRuns)
	before := s.Total()
	a, err := c.Poll(t.Context(), &m.Known, noon)
	if got := s.Total() - before; got != 1+50 || len(a.Vanished) != 50 || err == nil {
		t.Errorf("got %d requests, %d vanished, %v; want 51, 50 and that there are more", got, len(a.Vanished), err)
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

// An earlier horizon is read for once, from below what is known, also after a restart in
// the middle.
func TestHistoryFromMovesBack(t *testing.T) {
	s := one(history(3000))
	m := newMemory()
	o := flat{URL: start(t, s), HistoryFrom: noon.Add(-48 * time.Hour)}
	ask(t, newClient(t, o), m, noon)
	o.HistoryFrom = noon.Add(-2000 * time.Hour)
	before := s.Requests()[listPath]
	for range 20 {
		a, err := m.poll(newClient(t, o), noon)
		if e := a.Environments[0]; err != nil || e.Reading != source.ReadWhole || !e.Deeper {
			t.Fatalf("got %+v, %v", e, err)
		}
	}
	c := newClient(t, o)
	ask(t, c, m, noon)
	if got := m.Environments[0]; !got.CompleteFrom.Equal(o.HistoryFrom) || got.Exhausted || m.results() < 2000+168 {
		t.Errorf("got %d results from %v, want those from %v", m.results(), got.CompleteFrom, o.HistoryFrom)
	}
	// 216 were known; 25 a page, one of them for the overlap, and each time the head.
	if got, most := s.Requests()[listPath]-before, 2*(2000+168-216)/24+40; got > most {
		t.Errorf("got %d pages, want %d at most", got, most)
	}
	before = s.Total()
	ask(t, c, m, noon)
	if got := s.Total() - before; got != 1 {
		t.Errorf("got %d requests afterwards, want 1", got)
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

// Results that come while the list is read are for the next poll: they make the
// size larger than what was met, but nothing is missing.
func TestGrowsWhileRead(t *testing.T) {
	s := one(history(60))
	s.Clock, s.NoDate = nil, true
	s.Paging = between(usual, func(page int) {
		if page > 1 {
			return
		}
		at := noon.Add(time.Duration(page) * time.Minute)
		e := &s.Projects[0].Environments[0]
		e.Results = append(e.Results, bambootest.Result{ID: int64(5000 + page), Started: at, Executed: at, Finished: at})
	})
	c := client(t, s)
	a := ask(t, c, newMemory(), noon.Add(time.Hour))
	if e := a.Environments[0]; len(a.Notes) > 0 || !e.Exhausted || len(a.Deployments) < 60 {
		t.Errorf("got %d deployments, %+v, %v, want the whole list without a note", len(a.Deployments), e, a.Notes)
	}
}

// A list that becomes shorter while it is read, so that the next page is empty or
// begins too late, has no hole for that, wherever the reading stops.
func TestShrinksWhileRead(t *testing.T) {
	for _, left := range []int{12, 30, 50, 55} {
		for _, pages := range []int{2, 3, 4, 6, 9, 15, 30} {
			s := one(history(60))
			s.Paging = between(usual, func(page int) {
				if e := &s.Projects[0].Environments[0]; page == 2 {
					e.Results = e.Results[:left] // without some of those that were read
				}
			})
			o := flat{URL: "http://127.0.0.1:1", Transport: handled(s), MaxPages: pages}
			m := newMemory()
			c := newClient(t, o)
			for range 40 {
				if a, err := m.poll(c, noon); err != nil && pages > 9 {
					t.Errorf("%d left, %d pages: %v", left, pages, err)
				} else if err != nil || !a.More {
					break
				}
			}
			e := m.Environments[0]
			for _, r := range s.Projects[0].Environments[0].Results {
				if r.Started.After(e.CompleteFrom) && !e.Has(fmt.Sprint(r.ID)) {
					t.Errorf("%d left, %d pages: complete from %v, but %d of %v is not known", left, pages, e.CompleteFrom, r.ID, r.Started)
				}
			}
			if pages == 30 && e.CompleteFrom.After(noon.Add(-60*time.Hour)) {
				t.Errorf("%d left: complete from %v", left, e.CompleteFrom)
			}
		}
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
	m = stored(results[200:], noon.Add(-100*time.Hour).Add(longest), false)
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

// A first reading that goes on reads what came on top meanwhile, however much that is.
func TestResumesBelowNewResults(t *testing.T) {
	for _, more := range []int{0, 1, 30, 150, 400, 900} {
		s := one(history(1000)[:1000-more])
		s.Clock = nil
		s.NoDate = true
		o := flat{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: noon.AddDate(-1, 0, 0)}
		m := newMemory()
		for range 4 {
			if _, err := m.poll(newClient(t, o), noon); err != nil {
				t.Fatal(err)
			}
		}
		s.Change(func(s *bambootest.Server) { s.Projects[0].Environments[0].Results = history(1000) })
		before := s.Requests()[listPath]
		if _, err := m.poll(newClient(t, o), noon); err != nil {
			t.Fatal(err)
		}
		if got, most := s.Requests()[listPath]-before, 10+2*more/24; got > most {
			t.Errorf("%d more: got %d pages, want %d at most", more, got, most)
		}
		newest := m.get("7", "1999")
		if newest.ID == "" {
			t.Errorf("%d more: the newest is not known after the next poll", more)
		}
		ask(t, newClient(t, o), m, noon)
		if e := m.Environments[0]; m.results() != 1000 || !e.Exhausted || e.Partial {
			t.Errorf("%d more: got %d results, %v", more, m.results(), e.CompleteFrom)
		}
	}
}

// An error in the middle leaves no results that would hide, in the next poll, that others
// are missing.
func TestErrorInTheMiddle(t *testing.T) {
	results := history(300)
	s := one(results)
	m := stored(results[:150], noon.Add(-300*time.Hour), true)
	m.Environments[0].Read = noon.Add(-150 * time.Hour)
	c := client(t, s, "7")
	s.Inject("results", -1, after(3, bambootest.Status(500)))
	a, err := m.poll(c, noon)
	if err == nil || len(a.Deployments) > 0 || len(whole(a)) > 0 {
		t.Errorf("got %d deployments, %v", len(a.Deployments), err)
	}
	s.Heal()
	if ask(t, c, m, noon); m.results() != 300 {
		t.Errorf("got %d results, want 300", m.results())
	}
}

// The environments of a first reading are read a page each in turn.
func TestPagesInTurn(t *testing.T) {
	s := one(history(100))
	s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: 8, Name: "Staging", Results: history(100)})
	c := client(t, s)
	m := newMemory()
	for want := 25; want <= 97; want += 24 {
		a, err := m.poll(c, noon)
		if err != nil || !a.More {
			t.Fatalf("got %+v, %v", a.Environments, err)
		}
		for _, e := range m.Environments {
			if got := e.Results(); got != want || !e.CompleteFrom.Equal(noon.Add(-time.Duration(want)*time.Hour).Add(longest)) {
				t.Errorf("environment %s: got %d results, complete from %v, want %d", e.ID, got, e.CompleteFrom, want)
			}
		}
	}
}
