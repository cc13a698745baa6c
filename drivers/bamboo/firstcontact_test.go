package bamboo

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
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
		var progress []source.Progress
		c := newClient(t, flat{URL: start(t, s), HistoryFrom: test.from, MaxPages: test.maxPages,
			Progress: func(p source.Progress) { progress = append(progress, p) }})
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
			if got := e.Results(); got != want || !e.CompleteFrom.Equal(noon.Add(-time.Duration(want)*time.Hour).Add(source.Longest)) {
				t.Errorf("environment %s: got %d results, complete from %v, want %d", e.ID, got, e.CompleteFrom, want)
			}
		}
	}
}
