package bamboo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
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
		notes    string
	}{
		{"empty", 0, nil, never, 0, "0 from - to the end", 1, ""},
		{"one page", 10, nil, never, 0, "10 from 10h to the end", 3, ""},
		{"many pages", 100, nil, never, 0, "100 from 100h to the end", 7, ""},
		{"size honoured", 100, func(s *bambootest.Server) { s.MaxPageSize = 500 }, never, 0, "100 from 100h to the end", 3, ""},
		{"one a page", 6, func(s *bambootest.Server) { s.PageSize = 1 }, never, 0, "6 from 6h to the end", 7, ""},
		{"two a page", 6, func(s *bambootest.Server) { s.PageSize = 2 }, never, 0, "6 from 6h to the end", 7, ""},
		// A week beyond the horizon is read for what was running at it.
		{"horizon", 1000, nil, noon.Add(-100 * time.Hour), 0, "289 from 100h", 12, ""},
		{"horizon at the end", 100, nil, noon.Add(-100 * time.Hour), 0, "100 from 100h to the end", 7, ""},
		{"page cap", 1000, nil, never, 3, "73 from 73h", 3, "incomplete history: environment \"Production\": history is incomplete before 2026-11-17: stopped after 3 pages"},
		{"size of the page", 60, func(s *bambootest.Server) { s.Quirks.Size = func(_, page int) int { return page } }, never, 0, "60 from 60h to the end", 5, ""},
		{"endless repeats", 60, func(s *bambootest.Server) { s.Quirks.Endless = true }, never, 0, "60 from 60h", 6, "incomplete history: environment \"Production\": history is incomplete before 2026-11-18: the pages repeat themselves"},
		{"one page for ever", 60, func(s *bambootest.Server) { s.Quirks.IgnoreStart = true }, never, 0, "25 from 25h", 4, "incomplete history: environment \"Production\": history is incomplete before 2026-11-19: the pages repeat themselves"},
		{"endless", 10, func(s *bambootest.Server) { s.Quirks.EndlessFresh = true }, never, 0, "25 from -", 1, ""},
		{"double size", 60, func(s *bambootest.Server) { s.Quirks.Size = func(total, _ int) int { return 2 * total } }, never, 0, "60 from 60h", 5, "incomplete history: environment \"Production\": history is incomplete before 2026-11-18: the list ended after 60 of 120 results"},
		{"empty page early", 60, func(s *bambootest.Server) { s.Quirks.EmptyAfter = 40 }, never, 0, "60 from 60h to the end", 19, ""},
		{"empty page early, far from the end", 90, func(s *bambootest.Server) { s.Quirks.EmptyAfter = 40 }, never, 0, "64 from 64h", 46, "incomplete history: environment \"Production\": history is incomplete before 2026-11-17: the pages repeat themselves"},
		{"oldest first", 60, func(s *bambootest.Server) { s.Quirks.OldestFirst = true }, noon.Add(-time.Hour), 0, "60 from 60h to the end", 5, "unordered: environment \"Production\": the list is not newest first; it is read whole"},
	} {
		s := one(history(test.results))
		if test.change != nil {
			test.change(s)
		}
		c := newClient(t, Opts{URL: start(t, s), HistoryFrom: test.from, MaxPages: test.maxPages})
		var progress []Progress
		a, err := c.Poll(context.Background(), nil, noon, func(p Progress) { progress = append(progress, p) })
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		e := a.Environments[0]
		got := fmt.Sprintf("%d from -", len(a.Deployments))
		if ago := noon.Sub(e.CompleteFrom); !e.CompleteFrom.IsZero() && ago < 2000*time.Hour {
			got = fmt.Sprintf("%d from %.0fh", len(a.Deployments), ago.Hours())
		}
		if e.Exhausted {
			got += " to the end"
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
		if got := s.Requests()[listPath]; got != test.pages {
			t.Errorf("%s: got %d pages, want %d", test.name, got, test.pages)
		}
		var notes []string
		for _, n := range a.Notes {
			notes = append(notes, string(n.Kind)+": "+n.Text)
		}
		if got := strings.Join(notes, "\n"); got != test.notes {
			t.Errorf("%s: got the notes %s, want %s", test.name, got, test.notes)
		}
		if n := len(progress); test.results > 0 && (n == 0 || progress[n-1].Results != len(a.Deployments) || progress[n-1].Environment != "Production" || progress[n-1].Total != 1) {
			t.Errorf("%s: got the progress %+v", test.name, progress)
		}
	}
}

// The list of results that do not end is stopped by the cap.
func TestEndlessList(t *testing.T) {
	s := one(nil)
	s.Quirks.EndlessFresh = true
	c := newClient(t, Opts{URL: start(t, s), HistoryFrom: time.Unix(1, 0), MaxPages: 20})
	a := ask(t, c, newMemory(), noon)
	if got, want := s.Requests()[listPath], 20; got != want {
		t.Errorf("got %d pages, want %d", got, want)
	}
	if len(a.Notes) != 1 || a.Notes[0].Kind != NoteIncomplete || a.Environments[0].Exhausted {
		t.Errorf("got %v, %+v", a.Notes, a.Environments)
	}
}

func TestSteady(t *testing.T) {
	s := one(history(2000))
	c := client(t, s, "Production")
	m := newMemory()
	first := ask(t, c, m, noon).Environments[0]
	get := func() int {
		before := s.Total()
		a := ask(t, c, m, noon)
		if got := a.Environments[0]; got != first {
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
	if got, want := len(m.deployments), 2000+1+60; got != want {
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
		d := m.deployments["7/500"]
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

// A running result that the server forgets keeps counting as running, which is
// an error for as long as it lasts; the rest of the environment is read.
func TestRunningVanishes(t *testing.T) {
	s := one(history(3))
	results := &s.Projects[0].Environments[0].Results
	(*results)[0].Finished = noon.Add(time.Hour)
	c := client(t, s, "Production")
	m := newMemory()
	ask(t, c, m, noon)
	s.Change(func(*bambootest.Server) { *results = (*results)[1:] })
	path := "/rest/api/latest/deploy/result/1000"
	for minute := range 120 {
		a, err := c.Poll(context.Background(), m, noon.Add(time.Duration(minute)*time.Minute), nil)
		var missing *MissingError
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), "its result 1000 vanished while it ran and counts as running until it is excepted") || len(a.Environments) != 1 {
			t.Fatalf("minute %d: got %d environments, %v", minute, len(a.Environments), err)
		}
		m.keep(a)
	}
	if got, want := s.Requests()[path], 2; got != want {
		t.Errorf("got %d requests in two hours, want %d", got, want)
	}
}

// A lost login that is answered with an empty list is an error where results are
// known, and so is an empty list that claims a size.
func TestSuddenlyEmpty(t *testing.T) {
	s := one(history(30))
	s.Token, s.OpenToAnonymous = "t0ken", true
	token := "t0ken"
	c := newClient(t, Opts{URL: start(t, s), Credential: func() (Credential, error) { return Token(token), nil }})
	m := newMemory()
	ask(t, c, m, noon)
	token = "revoked"
	a, err := c.Poll(context.Background(), m, noon, nil)
	var missing *MissingError
	if !errors.As(err, &missing) || len(a.Environments) != 0 {
		t.Errorf("got %d environments, %v", len(a.Environments), err)
	}
	s.Quirks.Size = func(int, int) int { return 30 }
	if a, err := c.Poll(context.Background(), nil, noon, nil); err == nil || len(a.Environments) != 0 {
		t.Errorf("without memory: got %d environments, %v", len(a.Environments), err)
	}
}

// Results that expired unseen leave a gap, and what lies before it is not known
// completely any more.
func TestGap(t *testing.T) {
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
	if got, want := a.Environments[0].CompleteFrom, noon.Add(-40*time.Hour); !got.Equal(want) {
		t.Errorf("got coverage from %v, want %v", got, want)
	}
	if len(a.Notes) != 1 || a.Notes[0].Kind != NoteGap {
		t.Errorf("got the notes %v, want a gap", a.Notes)
	}
}

// Expiry alone takes nothing from what is known.
func TestExpiry(t *testing.T) {
	s := one(history(100))
	c := client(t, s, "Production")
	m := newMemory()
	first := ask(t, c, m, noon).Environments[0]
	s.Change(func(s *bambootest.Server) {
		s.Projects[0].Environments[0].Results = s.Projects[0].Environments[0].Results[98:]
	})
	if got := ask(t, c, m, noon).Environments[0]; got != first {
		t.Errorf("got %+v, want %+v", got, first)
	}
}

// An earlier horizon is read for once.
func TestDeeper(t *testing.T) {
	s := one(history(3000))
	m := newMemory()
	o := Opts{URL: start(t, s), HistoryFrom: noon.Add(-48 * time.Hour)}
	ask(t, newClient(t, o), m, noon)
	o.HistoryFrom = noon.Add(-2000 * time.Hour)
	c := newClient(t, o)
	if got := ask(t, c, m, noon).Environments[0].CompleteFrom; !got.Equal(o.HistoryFrom) {
		t.Errorf("got coverage from %v, want %v", got, o.HistoryFrom)
	}
	before := s.Total()
	ask(t, c, m, noon)
	if got := s.Total() - before; got != 1 {
		t.Errorf("got %d requests afterwards, want 1", got)
	}
}

// A record that cannot be judged may hide a breach: the environment is not read.
// Beyond the horizon it is left out.
func TestBadRecord(t *testing.T) {
	for field, value := range map[string]string{
		"startedDate": "-1", "executedDate": "1e300", "finishedDate": "253402300800000",
	} {
		s := one(history(2))
		s.Inject("results", 1, bambootest.Replace(func(body []byte) []byte {
			return []byte(strings.Replace(string(body), `"`+field+`":`, `"`+field+`":`+value+`,"was":`, 1))
		}))
		c := client(t, s, "Production")
		a, err := c.Poll(context.Background(), nil, noon, nil)
		var bad *RecordError
		if !errors.As(err, &bad) || bad.ID != "1001" || bad.Field != field || bad.Value != value || len(a.Environments) > 0 {
			t.Errorf("%s: got %d environments, %v", field, len(a.Environments), err)
		}
	}
	results := history(400)
	results[0].Executed = time.UnixMilli(-5)
	s := one(results)
	s.MaxPageSize = 500
	s.PageSize = 500 // all in one page, so that the bad one comes with what ends the reading
	c := newClient(t, Opts{URL: start(t, s), HistoryFrom: noon.Add(-100 * time.Hour), Transport: askFor500})
	a := ask(t, c, newMemory(), noon)
	if got, want := len(a.Deployments), 399; got != want {
		t.Errorf("got %d deployments, want %d", got, want)
	}
	if len(a.Notes) != 1 || a.Notes[0].Kind != NoteSkipped || a.Notes[0].Subject != "1000" {
		t.Errorf("got the notes %v, want that 1000 was skipped", a.Notes)
	}
}

// askFor500 asks for larger pages than the client does.
var askFor500 = roundTripper(func(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	q.Del("max-result")
	r.URL.RawQuery = q.Encode()
	return http.DefaultTransport.RoundTrip(r)
})

// Results that come while the list is read are for the next poll: they make the
// size larger than what was met, but nothing is missing.
func TestGrowsWhileRead(t *testing.T) {
	s := one(history(60))
	s.Clock, s.NoDate = nil, true
	s.Quirks.BetweenPages = func(s *bambootest.Server, page int) {
		if page > 1 {
			return
		}
		at := noon.Add(time.Duration(page) * time.Minute)
		e := &s.Projects[0].Environments[0]
		e.Results = append(e.Results, bambootest.Result{ID: int64(5000 + page), Started: at, Executed: at, Finished: at})
	}
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
		for _, endless := range []bool{false, true} {
			for _, pages := range []int{2, 3, 4, 6, 9, 15, 30} {
				s := one(history(60))
				s.Quirks.Endless = endless // the head follows on the tail
				s.Quirks.BetweenPages = func(s *bambootest.Server, page int) {
					if e := &s.Projects[0].Environments[0]; page == 2 {
						e.Results = e.Results[:left] // without some of those that were read
					}
				}
				o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s), MaxPages: pages}
				a := ask(t, newClient(t, o), newMemory(), noon)
				e := a.Environments[0]
				if got, want := float64(len(a.Deployments)), noon.Sub(e.CompleteFrom).Hours(); got != want || e.Exhausted && got != 60 {
					t.Errorf("%d left, endless: %v, %d pages: got %v results, %s", left, endless, pages, got, claim(e))
				}
				if pages == 30 && len(a.Deployments) != 60 {
					t.Errorf("%d left, endless: %v: got %d results", left, endless, len(a.Deployments))
				}
			}
		}
	}
}

// A poll that brings nothing new is one request, however much is known, and however
// far back.
func TestSteadyIsOneRequest(t *testing.T) {
	results := history(10000)
	for _, test := range []struct {
		name      string
		from      int // hours ago
		exhausted bool
		first     int // pages of a client's first poll
	}{
		{"to the end", 10000, true, 1},
		{"beyond the horizon", 9500, false, 1},
		{"to the horizon", 9000, false, 1},
		{"not to the horizon", 8800, false, 19},
	} {
		s := one(results)
		m := newMemory()
		m.environments["7"] = rules.Environment{ID: "7", CompleteFrom: noon.Add(-time.Duration(test.from) * time.Hour), Exhausted: test.exhausted}
		for _, r := range results {
			id := wireID(r.ID).String()
			m.deployments["7/"+id] = rules.Deployment{ID: id, EnvironmentID: "7", LifeCycle: rules.LifeCycleFinished}
		}
		c := newClient(t, Opts{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: noon.Add(-9000 * time.Hour)})
		ask(t, c, m, noon)
		if got, want := s.Requests()[listPath], test.first; got != want {
			t.Errorf("%s: got %d pages at first, want %d", test.name, got, want)
		}
		for minute := range 5 {
			before := s.Total()
			ask(t, c, m, noon.Add(time.Duration(minute)*time.Minute))
			if got, want := s.Total()-before, 1; got != want {
				t.Errorf("%s: poll %d: got %d requests, want %d", test.name, minute, got, want)
			}
		}
	}
}
