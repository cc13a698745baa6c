package bamboo

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// past is one result of the model server, for ever: the oracle remembers what the
// server has forgotten.
type past struct {
	bambootest.Result
	listed  bool
	expired bool // from the old end, as Bamboo's expiry does; else deleted by hand
	arrived int  // the poll before or during which it came
}

// model is a server's history, oldest first, and how to change it.
type model struct {
	t      *rapid.T
	all    []*past
	next   time.Time
	server *bambootest.Server
	polls  int
}

func (m *model) arrive(n int) {
	for range n {
		m.next = m.next.Add(time.Duration(rapid.IntRange(0, 72).Draw(m.t, "hours")) * time.Hour)
		r := bambootest.Result{ID: int64(1000 + len(m.all)), Started: m.next, Executed: m.next, State: "UNKNOWN", LifeCycle: "IN_PROGRESS"}
		p := &past{Result: r, listed: true, arrived: m.polls}
		if rapid.IntRange(0, 9).Draw(m.t, "running") > 0 {
			p.finish()
		}
		m.all = append(m.all, p)
	}
}

func (p *past) finish() {
	p.Finished = p.Started.Add(time.Hour)
	p.State, p.LifeCycle = "SUCCESS", "FINISHED"
}

func (m *model) listed() (all []*past) {
	for _, p := range m.all {
		if p.listed {
			all = append(all, p)
		}
	}
	return all
}

// expire forgets the n oldest, but keeps one, as Bamboo does.
func (m *model) expire(n int) {
	all := m.listed()
	for i := 0; i < min(n, len(all)-1); i++ {
		all[i].listed, all[i].expired = false, true
	}
}

func (m *model) delete() {
	if all := m.listed(); len(all) > 1 {
		rapid.SampledFrom(all).Draw(m.t, "deleted").listed = false
	}
}

// publish makes the server serve the model.
func (m *model) publish(s *bambootest.Server) {
	results := []bambootest.Result{}
	for _, p := range m.listed() {
		results = append(results, p.Result)
	}
	s.Projects[0].Environments[0].Results = results
}

// Property: over polls of a server that gains, finishes, expires and loses
// results at any time, in pages of any size and with a size that may be wrong,
// the client never claims to know a stretch of which it has not met every result
// that was there, and it knows everything back to the horizon if nothing got in
// its way.
func TestCoverageIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &bambootest.Server{NoDate: true, Projects: []bambootest.Project{{ID: 1, Name: "p", Environments: []bambootest.Environment{{ID: 7, Name: "e"}}}}}
		m := &model{t: t, next: noon, server: s}
		m.arrive(rapid.IntRange(0, 60).Draw(t, "at first"))
		// Pages of one cannot overlap: they are only right while nothing is deleted.
		s.PageSize = rapid.IntRange(2, 30).Draw(t, "page size")
		s.MaxPageSize = rapid.IntRange(2, 30).Draw(t, "largest page")
		quirk := rapid.SampledFrom([]string{"", "", "", "size of page", "double size", "no size", "ignore start", "endless", "empty early"}).Draw(t, "quirk")
		switch quirk {
		case "size of page":
			s.Quirks.Size = func(_, page int) int { return page }
		case "double size":
			s.Quirks.Size = func(total, _ int) int { return 2 * total }
		case "no size":
			s.Quirks.Size = func(int, int) int { return 0 }
		case "ignore start":
			s.Quirks.IgnoreStart = true
		case "endless":
			s.Quirks.Endless = true
		case "empty early":
			s.Quirks.EmptyAfter = rapid.IntRange(1, 40).Draw(t, "empty after")
		}
		o := Opts{URL: "http://127.0.0.1:1", Environments: nil, Transport: handled(s)}
		o.HistoryFrom = noon.Add(time.Duration(rapid.IntRange(-10, 100).Draw(t, "horizon")) * 24 * time.Hour)
		o.MaxPages = rapid.SampledFrom([]int{3, 10, 500}).Draw(t, "pages")
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		known := newMemory()
		gaveUp := false // this client, which tries to come to the horizon once
		for range rapid.IntRange(1, 5).Draw(t, "polls") {
			m.polls++
			m.publish(s)
			moved := false
			s.Quirks.BetweenPages = func(s *bambootest.Server, _ int) {
				switch rapid.SampledFrom([]string{"", "", "", "arrive", "delete", "expire"}).Draw(t, "between pages") {
				case "arrive":
					m.arrive(rapid.IntRange(1, 5).Draw(t, "arrive"))
				case "delete":
					m.delete()
				case "expire":
					m.expire(rapid.IntRange(1, 5).Draw(t, "expire"))
				default:
					return
				}
				moved = true
				m.publish(s)
			}
			if rapid.Bool().Draw(t, "restarted") {
				if c, err = New(o); err != nil {
					t.Fatal(err)
				}
				gaveUp = false
			}
			before := map[int64]past{}
			for _, p := range m.all {
				before[p.ID] = *p
			}
			a, err := c.Poll(context.Background(), known, noon, nil)
			known.keep(a)
			check(t, m, known, before, a)
			if err == nil && !moved && !gaveUp && quirk == "" && o.MaxPages == 500 {
				checkWhole(t, m, known, o.HistoryFrom)
			}
			gaveUp = gaveUp || slices.ContainsFunc(a.Notes, func(n Note) bool { return n.Kind == NoteIncomplete })
			// Between the polls.
			m.arrive(rapid.SampledFrom([]int{0, 0, 1, 3, 40}).Draw(t, "later"))
			for _, p := range m.listed() {
				if p.LifeCycle != "FINISHED" && rapid.Bool().Draw(t, "finishes") {
					p.finish()
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "expires") == 0 {
				m.expire(rapid.IntRange(1, 80).Draw(t, "expired"))
			}
			if rapid.IntRange(0, 3).Draw(t, "deletes") == 0 {
				m.delete()
			}
		}
	})
}

// check compares what is claimed after a poll with all that ever was. before is
// the server as the poll began.
func check(t *rapid.T, m *model, known *memory, before map[int64]past, a Answer) {
	claimed, ok := known.environments["7"]
	if !ok {
		return
	}
	for _, p := range m.all {
		was, there := before[p.ID]
		if !there || !p.listed && !p.expired {
			continue // came during the poll, or was deleted, which nobody can know
		}
		inside := p.Started.After(claimed.CompleteFrom) ||
			claimed.Exhausted && !p.expired && p.Started.Equal(claimed.CompleteFrom)
		d, met := known.deployments["7/"+wireID(p.ID).String()]
		if len(a.Environments) > 0 && inside && !met {
			t.Fatalf("claims to know from %v (exhausted %v), but has not met %d of %v (expired %v)",
				claimed.CompleteFrom, claimed.Exhausted, p.ID, p.Started, was.expired)
		}
		if len(a.Environments) > 0 && met && was.listed && p.listed && inside &&
			d.Final() != (was.LifeCycle == "FINISHED") && d.Final() != (p.LifeCycle == "FINISHED") {
			t.Fatalf("result %d: final is %v, but it is %s", p.ID, d.Final(), was.LifeCycle)
		}
	}
	for _, d := range a.Deployments {
		found := false
		for _, p := range m.all {
			found = found || wireID(p.ID).String() == d.ID && p.Started.Equal(d.Started)
		}
		if !found {
			t.Fatalf("met %s, which never was", d.ID)
		}
	}
}

// checkWhole demands the coverage that an undisturbed poll reaches.
func checkWhole(t *rapid.T, m *model, known *memory, horizon time.Time) {
	claimed := known.environments["7"]
	listed := m.listed()
	switch {
	case len(listed) == 0:
		if !claimed.CompleteFrom.IsZero() || !claimed.Exhausted {
			t.Fatalf("empty, but claims %+v", claimed)
		}
	case claimed.CompleteFrom.After(horizon) && claimed.CompleteFrom.After(listed[0].Started):
		t.Fatalf("claims from %v only; the horizon is %v and the oldest %v", claimed.CompleteFrom, horizon, listed[0].Started)
	}
}
