package bamboo

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// served is one result of the model server, for ever: the oracle remembers what the server
// has forgotten.
type served struct {
	bambootest.Result
	listed  bool
	deleted bool // by hand; else it expired from the old end
}

// model is a server's history, oldest first, and how to change it.
type model struct {
	t      *rapid.T
	all    []*served
	next   time.Time
	server *bambootest.Server
}

func (m *model) arrive(n int) {
	for range n {
		m.next = m.next.Add(time.Duration(rapid.IntRange(0, 72).Draw(m.t, "hours")) * time.Hour)
		p := &served{Result: bambootest.Result{ID: int64(1000 + len(m.all)), Started: m.next, Executed: m.next, State: "UNKNOWN", LifeCycle: "IN_PROGRESS"}, listed: true}
		if rapid.IntRange(0, 9).Draw(m.t, "running") > 0 {
			p.finish()
		}
		m.all = append(m.all, p)
	}
}

func (p *served) finish() {
	p.Finished = p.Started.Add(time.Hour)
	p.State, p.LifeCycle = "SUCCESS", "FINISHED"
}

func (m *model) listed() (all []*served) {
	for _, p := range m.all {
		if p.listed {
			all = append(all, p)
		}
	}
	return all
}

// disturb lets the server gain, finish, expire and lose results.
func (m *model) disturb(label string) {
	all := m.listed()
	switch rapid.SampledFrom([]string{"", "", "arrive", "finish", "delete", "expire"}).Draw(m.t, label) {
	case "arrive":
		m.arrive(rapid.SampledFrom([]int{1, 2, 5, 40}).Draw(m.t, "arrive"))
	case "finish":
		for _, p := range all {
			if p.LifeCycle != "FINISHED" && rapid.Bool().Draw(m.t, "finishes") {
				p.finish()
			}
		}
	case "delete":
		for range rapid.IntRange(1, 10).Draw(m.t, "deletions") {
			if len(all) > 1 {
				p := rapid.SampledFrom(all).Draw(m.t, "deleted")
				p.listed, p.deleted = false, true
			}
		}
	case "expire": // Bamboo keeps one
		n := rapid.SampledFrom([]int{1, 5, 100}).Draw(m.t, "expire")
		for i := 0; i < min(n, len(all)-1); i++ {
			all[i].listed = false
		}
	}
	results := []bambootest.Result{}
	for _, p := range m.listed() {
		results = append(results, p.Result)
	}
	m.server.Projects[0].Environments[0].Results = results
}

// now is when the model is polled: after all that it has.
func (m *model) now() time.Time { return m.next.Add(time.Hour) }

// TestNothingIsMissed polls a server that gains, finishes, expires and loses results
// before, between and while its pages are read, in pages of any size, with restarts and
// errors between any two requests, and horizons that move.
//
// After each poll, what is known to be complete is: each result that was listed when the
// poll began, and that nobody deleted, is known. And a reading without disturbance comes
// to its end, and then knows all that is listed back to the horizon, as it is there.
func TestNothingIsMissed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &bambootest.Server{NoDate: true, Projects: []bambootest.Project{{ID: 1, Name: "p", Environments: []bambootest.Environment{{ID: 7, Name: "e"}}}}}
		// Pages of one cannot overlap: they are only right while nothing is deleted.
		s.PageSize = rapid.IntRange(2, 30).Draw(t, "page size")
		s.MaxPageSize = rapid.IntRange(2, 30).Draw(t, "largest page")
		claims := paging(usual)
		switch rapid.SampledFrom([]string{"", "", "size of page", "no size"}).Draw(t, "quirk") {
		case "size of page":
			claims = sized(func(_, page int) int { return page })
		case "no size":
			claims = sized(func(int, int) int { return 0 })
		}
		m := &model{t: t, next: noon, server: s}
		m.arrive(rapid.IntRange(0, 150).Draw(t, "at first"))
		m.disturb("at first")
		horizon := func() time.Time {
			return noon.Add(time.Duration(rapid.IntRange(-10, 300).Draw(t, "horizon")) * 24 * time.Hour)
		}
		o := flat{URL: "http://127.0.0.1:1", Transport: handled(s), HistoryFrom: horizon()}
		var c *Client
		known := newMemory()
		for range rapid.IntRange(1, 12).Draw(t, "polls") {
			if c == nil || rapid.IntRange(0, 2).Draw(t, "restart") == 0 {
				if rapid.IntRange(0, 3).Draw(t, "moves the horizon") == 0 {
					o.HistoryFrom = horizon()
				}
				c = newModelClient(t, o)
			}
			s.Paging = between(claims, func(int) {
				if rapid.IntRange(0, 4).Draw(t, "moves") == 0 {
					m.disturb("between pages")
				}
			})
			if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
				s.Inject("results", -1, after(rapid.IntRange(0, 5).Draw(t, "cut"), bambootest.Status(500)))
			}
			before := map[int64]bool{}
			for _, p := range m.listed() {
				before[p.ID] = true
			}
			a, err := known.poll(c, m.now())
			s.Heal()
			s.Paging = claims
			if len(a.Environments) == 1 && a.Environments[0].Reading != source.ReadNothing {
				m.check(t, known, before)
			} else if err == nil {
				t.Fatalf("neither read nor an error: %+v", a)
			}
			m.disturb("between polls")
		}
		// Without disturbance it comes to its end in few requests, and is steady then.
		requests := s.Total()
		for polls := 0; ; polls++ {
			a, err := known.poll(newModelClient(t, o), m.now())
			if err != nil || polls > 400 {
				t.Fatalf("poll %d: %+v, %v", polls, a.Environments, err)
			}
			if !a.More {
				break
			}
		}
		m.checkWhole(t, known, o.HistoryFrom)
		if got, most := s.Total()-requests, 40+8*len(m.all); got > most {
			t.Fatalf("it took %d requests to read %d results to the end", got, len(m.listed()))
		}
		c = newModelClient(t, o)
		if _, err := known.poll(c, m.now()); err != nil {
			t.Fatal(err)
		}
		requests = s.Requests()["/rest/api/latest/deploy/environment/7/results"]
		if _, err := known.poll(c, m.now()); err != nil {
			t.Fatal(err)
		}
		if got := s.Requests()["/rest/api/latest/deploy/environment/7/results"] - requests; got != 1 && len(m.listed()) > 0 {
			t.Fatalf("got %d requests for the list in a steady poll, want 1", got)
		}
	})
}

func newModelClient(t *rapid.T, o flat) *Client {
	c, err := New(o.opts())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// check demands that what is complete is known, of what was listed before the poll.
func (m *model) check(t *rapid.T, known *memory, before map[int64]bool) {
	e := known.Environments[0]
	for _, p := range m.all {
		if !before[p.ID] || p.deleted || !p.Started.After(e.CompleteFrom) {
			continue
		}
		if !e.Has(fmt.Sprint(p.ID)) {
			t.Fatalf("complete from %v (partial %v), but %d of %v is not known (listed %v)", e.CompleteFrom, e.Partial, p.ID, p.Started, p.listed)
		}
	}
	for _, d := range e.Deployments {
		var id int
		fmt.Sscan(d.ID, &id)
		if id < 1000 || id-1000 >= len(m.all) || !m.all[id-1000].Started.Equal(d.Started) {
			t.Fatalf("%s of %v never was", d.ID, d.Started)
		}
	}
}

// checkWhole demands that all that is listed at or after the horizon is known, as it is.
func (m *model) checkWhole(t *rapid.T, known *memory, horizon time.Time) {
	e := known.Environments[0]
	for _, p := range m.listed() {
		if p.Started.Before(horizon) {
			continue
		}
		d := known.get("7", fmt.Sprint(p.ID))
		if d.ID == "" || d.Final() != (p.LifeCycle == "FINISHED") {
			t.Fatalf("%d of %v is known as %+v, and is %s (complete from %v, exhausted %v)", p.ID, p.Started, d, p.LifeCycle, e.CompleteFrom, e.Exhausted)
		}
	}
	if all := m.listed(); e.Partial || len(all) > 0 && e.CompleteFrom.After(horizon) && !e.Exhausted && e.CompleteFrom.After(all[0].Started) {
		t.Fatalf("read to the end, but %+v", e.Environment)
	}
}
