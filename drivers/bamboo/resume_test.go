package bamboo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// cut polls once, with a fault after a number of pages, and keeps the answer.
func cut(t testing.TB, c *Client, s *bambootest.Server, m *memory, now time.Time, pages int, f bambootest.Fault) Answer {
	t.Helper()
	s.Inject("results", -1, bambootest.After(pages, f))
	defer s.Heal()
	a, err := c.Poll(context.Background(), m, now, nil)
	if err == nil {
		t.Fatalf("got no error after %d pages", pages)
	}
	m.keep(a)
	return a
}

// claim writes coverage as hours before noon.
func claim(e rules.Environment) string {
	text := fmt.Sprintf("from %.0fh", noon.Sub(e.CompleteFrom).Hours())
	if e.Exhausted {
		text += " to the end"
	}
	return text
}

// A first contact that is cut off, in whatever way, goes on where it came to, also
// after a restart, and in the end knows what one without a break knows.
func TestResume(t *testing.T) {
	for _, test := range []struct {
		name    string
		results int
		pages   int // before the cut
		change  func(*bambootest.Server)
		cut     string // coverage after it
		resumed int    // pages of the next poll
		want    string // coverage in the end
	}{
		{"at once", 1000, 1, nil, "", 44, "from 1000h to the end"},
		{"less than a week", 1000, 6, nil, "", 44, "from 1000h to the end"},
		{"a week and a page", 1000, 8, nil, "from 25h", 38, "from 1000h to the end"},
		{"half", 1000, 21, nil, "from 337h", 27, "from 1000h to the end"},
		{"before the last page", 1000, 41, nil, "from 817h", 6, "from 1000h to the end"},
		{"before the end", 1000, 42, nil, "from 832h", 5, "from 1000h to the end"},
		{"large pages", 2000, 12, func(s *bambootest.Server) { s.MaxPageSize = 100 }, "from 1021h", 15, "from 2000h to the end"},
		{"one a page", 250, 200, func(s *bambootest.Server) { s.PageSize = 1 }, "from 32h", 62, "from 250h to the end"},
		{"two a page", 250, 200, func(s *bambootest.Server) { s.PageSize = 2 }, "from 33h", 58, "from 250h to the end"},
		{"size of the page", 1000, 30, func(s *bambootest.Server) { s.Quirks.Size = func(_, page int) int { return page } }, "from 553h", 16, "from 1000h to the end"},
		{"endless repeats", 1000, 30, func(s *bambootest.Server) { s.Quirks.Endless = true }, "from 553h", 20, "from 1000h"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := one(history(test.results))
			if test.change != nil {
				test.change(s)
			}
			o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: time.Unix(1, 0), MaxPages: 1 << 20}
			m := newMemory()
			a := cut(t, newClient(t, o), s, m, noon, test.pages, bambootest.Status(500))
			got := ""
			for _, e := range a.Interrupted {
				got += claim(e)
			}
			if len(a.Environments) > 0 || got != test.cut || (got == "") != (len(a.Deployments) == 0) {
				t.Errorf("cut off: got %+v, %s and %d results, want %s", a.Environments, got, len(a.Deployments), test.cut)
			}
			before := s.Requests()[listPath]
			e := ask(t, newClient(t, o), m, noon).Environments[0]
			if got := s.Requests()[listPath] - before; got != test.resumed {
				t.Errorf("got %d pages, want %d", got, test.resumed)
			}
			if got := claim(e); got != test.want {
				t.Errorf("got coverage %s, want %s", got, test.want)
			}
			whole := ask(t, newClient(t, o), newMemory(), noon)
			if e != whole.Environments[0] || len(m.deployments) != len(whole.Deployments) {
				t.Errorf("got %+v and %d results; at one go %+v and %d", e, len(m.deployments), whole.Environments[0], len(whole.Deployments))
			}
		})
	}
}

// Whatever cuts a first reading off, what was read is in the answer beside the
// error, and the error is what it was.
func TestInterrupted(t *testing.T) {
	for name, test := range map[string]struct {
		fault bambootest.Fault // nil: the context is cancelled
		is    func(error) bool
	}{
		"500":       {bambootest.Status(500), isA[*StatusError]},
		"truncated": {bambootest.Truncate(1000), isA[*StatusError]},
		"reset":     {bambootest.Reset(0), isA[*noAnswer]},
		"login":     {bambootest.Status(401), isA[*AuthError]},
		"forbidden": {bambootest.Status(403), isA[*AuthError]},
		"gone":      {bambootest.Status(404), isA[*MissingError]},
		"limit":     {bambootest.Limited(429, "Retry-After", "60"), isA[*RateLimitError]},
		"moved":     {bambootest.Redirect("/login"), isA[*RedirectError]},
		"empty":     {bambootest.Respond(200, "application/json", "{}"), isA[*StatusError]},
		"bad date": {bambootest.Replace(func(body []byte) []byte {
			return []byte(strings.Replace(strings.Replace(string(body), `"executedDate":`, `"was":`, 9),
				`"executedDate":`, `"executedDate":-1,"was":`, 1)) // the tenth of the page
		}), isA[*RecordError]},
		"canceled": {nil, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		s := one(history(500))
		c := client(t, s, "Production")
		if test.fault != nil {
			s.Inject("results", -1, bambootest.After(10, test.fault))
		}
		ctx, cancel := context.WithCancel(context.Background())
		a, err := c.Poll(ctx, nil, noon, func(p Progress) {
			if p.Pages == 10 && test.fault == nil {
				cancel()
			}
		})
		cancel()
		var failed *EnvironmentError
		if !errors.As(err, &failed) || !test.is(err) {
			t.Errorf("%s: got %v", name, err)
		}
		if len(a.Environments) > 0 || len(a.Interrupted) != 1 || len(a.Deployments) != 241 {
			t.Errorf("%s: got %+v, %+v and %d results", name, a.Environments, a.Interrupted, len(a.Deployments))
			continue
		}
		e := a.Interrupted[0]
		if got, want := claim(e), "from 73h"; got != want || e.ID != "7" || e.Name != "Production" || e.Project != "shop" || e.ProjectID != "3" {
			t.Errorf("%s: got %+v, %s, want %s", name, e, got, want)
		}
	}
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// Only a first reading is interrupted: what is known of an environment is as it was
// after an error.
func TestKnownIsNotInterrupted(t *testing.T) {
	s := one(history(500))
	o := Opts{URL: start(t, s), HistoryFrom: noon.Add(-100 * time.Hour)}
	m := newMemory()
	ask(t, newClient(t, o), m, noon)
	o.HistoryFrom = noon.Add(-1000 * time.Hour)
	a := cut(t, newClient(t, o), s, m, noon, 3, bambootest.Status(500))
	if len(a.Environments)+len(a.Interrupted)+len(a.Deployments) > 0 {
		t.Errorf("got %+v", a)
	}
	// Nor is one of which the order is not known.
	s.Quirks.OldestFirst = true
	a = cut(t, newClient(t, o), s, newMemory(), noon, 15, bambootest.Status(500))
	if len(a.Environments)+len(a.Interrupted)+len(a.Deployments) > 0 {
		t.Errorf("unordered: got %+v", a)
	}
}

// Each interrupted poll goes on from the one before, also of a team that deploys
// every five minutes, and what it claims only moves back.
func TestInterruptedAgainAndAgain(t *testing.T) {
	var all []bambootest.Result
	for i := range 5000 {
		at := noon.Add(-time.Duration(5000-i) * 5 * time.Minute)
		all = append(all, bambootest.Result{ID: int64(1000 + i), Started: at, Executed: at, Finished: at.Add(time.Minute)})
	}
	s := one(all)
	s.MaxPageSize = 100
	o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s)}
	m := newMemory()
	cut(t, newClient(t, o), s, m, noon, 25, bambootest.Status(500))
	was, polls := m.interrupted["7"].CompleteFrom, 0
	for ; polls < 20; polls++ {
		s.Inject("results", -1, bambootest.After(12, bambootest.Status(500)))
		a, err := newClient(t, o).Poll(context.Background(), m, noon, nil)
		s.Heal()
		m.keep(a)
		if err == nil {
			break
		}
		if is := m.interrupted["7"].CompleteFrom; len(a.Interrupted) != 1 || is.After(was) {
			t.Fatalf("poll %d: got coverage from %v after %v", polls, is, was)
		} else {
			was = is
		}
	}
	if got, want := len(m.deployments), 5000; got != want || !m.environments["7"].Exhausted {
		t.Errorf("got %d results in %d polls, want %d", got, polls, want)
	}
}

// An earlier horizon is read from behind what is known, and so is what follows
// the last page that one poll may read.
func TestDeeperJumps(t *testing.T) {
	s := one(history(3000))
	s.MaxPageSize = 100
	o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: noon.Add(-2400 * time.Hour)}
	m := newMemory()
	ask(t, newClient(t, o), m, noon)
	o.HistoryFrom = noon.Add(-2600 * time.Hour)
	before := s.Requests()[listPath]
	e := ask(t, newClient(t, o), m, noon).Environments[0]
	if got, want := claim(e), "from 2600h"; got != want {
		t.Errorf("got coverage %s, want %s", got, want)
	}
	if got, want := s.Requests()[listPath]-before, 8; got != want {
		t.Errorf("got %d pages, want %d", got, want)
	}

	o.HistoryFrom, o.MaxPages = time.Unix(1, 0), 12
	m = newMemory()
	for i, want := range []string{"from 1189h", "from 1943h", "from 2802h", "from 3000h to the end"} {
		if got := claim(ask(t, newClient(t, o), m, noon).Environments[0]); got != want {
			t.Errorf("start %d: got coverage %s, want %s", i, got, want)
		}
	}
	if got, want := len(m.deployments), 3000; got != want {
		t.Errorf("got %d results, want %d", got, want)
	}

	// One that does not come to the end of what is known takes nothing back.
	m = newMemory()
	was := ask(t, newClient(t, o), m, noon).Environments[0]
	o.MaxPages = 1
	a := ask(t, newClient(t, o), m, noon)
	if len(a.Notes) != 1 || !strings.HasSuffix(a.Notes[0].Text, "incomplete before 2026-10-01: stopped after 1 pages") || a.Environments[0] != was {
		t.Errorf("got %v and %+v, want %+v", a.Notes, a.Environments[0], was)
	}
}

// Results that ran when the reading was cut off do not hinder jumps, and are read
// again one by one if the pages that are read do not show them.
func TestJumpedOverWhileItRan(t *testing.T) {
	s := one(history(1000))
	results := s.Projects[0].Environments[0].Results
	for i := 400; i < 990; i += 20 {
		results[i].Finished = noon.Add(time.Hour)
	}
	o := Opts{URL: start(t, s), HistoryFrom: noon.Add(-700 * time.Hour)}
	m := newMemory()
	cut(t, newClient(t, o), s, m, noon, 30, bambootest.Status(500))
	if got, want := len(m.Active("7")), 30; got != want {
		t.Fatalf("got %d running, want %d", got, want)
	}
	s.Change(func(*bambootest.Server) {
		for i := range results {
			results[i].Finished = noon
		}
	})
	before := s.Requests()[listPath]
	ask(t, newClient(t, o), m, noon)
	if got, want := s.Requests()[listPath]-before, 9; got != want {
		t.Errorf("got %d pages, want %d", got, want)
	}
	if got, want := s.Requests()["/rest/api/latest/deploy/result/1600"], 1; got != want || len(m.Active("7")) > 0 {
		t.Errorf("got %d requests for one of them, want %d; still running: %v", got, want, m.Active("7"))
	}
}

// reversed spoils the order of one page, counted from 1.
func reversed(page int) bambootest.Fault {
	pages := 0
	return bambootest.Replace(func(body []byte) []byte {
		if pages++; pages != page {
			return body
		}
		var answer map[string]any
		if err := json.Unmarshal(body, &answer); err != nil {
			panic(err)
		}
		slices.Reverse(answer["results"].([]any)[1:])
		body, _ = json.Marshal(answer)
		return body
	})
}

// A list that proves not to be newest first behind a jump is read whole; progress
// does not go back for that.
func TestUnorderedBehindJump(t *testing.T) {
	s := one(history(1000))
	c := newClient(t, Opts{URL: start(t, s), HistoryFrom: time.Unix(1, 0)})
	m := newMemory()
	cut(t, c, s, m, noon, 30, bambootest.Status(500))
	was := m.interrupted["7"]
	// What was read before it proved so is no ground for a claim.
	spoilt := bambootest.After(9, bambootest.Status(500))
	order := reversed(8)
	a := cut(t, c, s, m, noon, 0, func(next http.Handler) http.Handler { return spoilt(order(next)) })
	if len(a.Interrupted) != 1 || a.Interrupted[0] != was || len(a.Notes) != 1 {
		t.Errorf("cut off: got %+v and %v, want %+v", a.Interrupted, a.Notes, was)
	}

	// It is read once if that shows before a jump.
	s.Inject("results", 1, reversed(1))
	before := s.Requests()[listPath]
	_, err := c.Poll(context.Background(), m, noon, nil)
	if got, want := s.Requests()[listPath]-before, 44; got != want || err != nil {
		t.Errorf("got %d pages, want %d: %v", got, want, err)
	}

	s.Inject("results", -1, reversed(3))
	last := 0.0
	a, err = c.Poll(context.Background(), m, noon, func(p Progress) {
		if p.Fraction() < last {
			t.Errorf("got %v after %v: %+v", p.Fraction(), last, p)
		}
		last = p.Fraction()
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(a.Deployments), 1000; got != want || claim(a.Environments[0]) != "from 1000h to the end" {
		t.Errorf("got %d results, %s, want %d", got, claim(a.Environments[0]), want)
	}
	if len(a.Notes) != 1 || a.Notes[0].Kind != NoteUnordered {
		t.Errorf("got the notes %v", a.Notes)
	}
}

// A list that grows by more than a jump is not taken for unordered, and all of it
// is read.
func TestGrowsBehindJump(t *testing.T) {
	for _, more := range []int{30, 70} {
		for _, page := range []int{0, 1, 2, 3, 5, 7} {
			s := one(history(1000))
			s.NoDate, s.Clock = true, nil
			o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: time.Unix(1, 0)}
			m := newMemory()
			cut(t, newClient(t, o), s, m, noon, 30, bambootest.Status(500))
			pages := 0
			s.Quirks.BetweenPages = func(s *bambootest.Server, _ int) {
				if pages++; pages != page+1 {
					return
				}
				e := &s.Projects[0].Environments[0]
				for i := range more {
					at := noon.Add(time.Duration(i) * time.Second)
					e.Results = append(e.Results, bambootest.Result{ID: int64(5000 + i), Started: at, Executed: at, Finished: at})
				}
			}
			a, err := newClient(t, o).Poll(context.Background(), m, noon.Add(time.Hour), nil)
			m.keep(a)
			if err != nil || len(a.Notes) > 0 || claim(a.Environments[0]) != "from 1000h to the end" {
				t.Errorf("%d more after page %d: got %v, %v, %+v", more, page, err, a.Notes, a.Environments)
			}
			s.Quirks.BetweenPages = nil
			if ask(t, newClient(t, o), m, noon.Add(time.Hour)); len(m.deployments) != 1000+more {
				t.Errorf("%d more after page %d: got %d results", more, page, len(m.deployments))
			}
		}
	}
}

// What was jumped over counts when the list ends before its size says so.
func TestEndsEarlyBehindJump(t *testing.T) {
	s := one(history(1000))
	c := newClient(t, Opts{URL: start(t, s), HistoryFrom: time.Unix(1, 0)})
	m := newMemory()
	cut(t, c, s, m, noon, 30, bambootest.Status(500))
	s.Quirks.Size = func(total, _ int) int { return 2 * total }
	a := ask(t, c, m, noon)
	if got, want := claim(a.Environments[0]), "from 1000h"; got != want {
		t.Errorf("got coverage %s, want %s", got, want)
	}
	if len(a.Notes) != 1 || !strings.HasSuffix(a.Notes[0].Text, "incomplete before 2026-10-09: the list ended after 1000 of 2000 results") {
		t.Errorf("got the notes %v", a.Notes)
	}
}
