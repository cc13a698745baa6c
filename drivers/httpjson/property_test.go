package httpjson

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
)

// A served is a build that a model's server has or had: the oracle remembers what the server
// has forgotten.
type served struct {
	build
	listed  bool
	deleted bool // by hand; else it expired from the old end
}

// A model is a server's history, the oldest first, and how to change it.
type model struct {
	t      *rapid.T
	all    []*served
	clock  time.Time
	server *fake
}

// arrive adds builds, with up to so long between them.
func (m *model) arrive(n int, within time.Duration) {
	for range n {
		m.clock = m.clock.Add(time.Duration(rapid.IntRange(0, int(within/time.Second)).Draw(m.t, "seconds")) * time.Second)
		b := build{ID: 1000 + len(m.all), State: "runs", Started: m.clock}
		if rapid.IntRange(0, 9).Draw(m.t, "running") > 0 || len(m.all)%5 > 0 { // at most maxActive run
			b.end()
		}
		m.all = append(m.all, &served{build: b, listed: true})
	}
}

func (m *model) listed() (all []*served) {
	for _, b := range m.all {
		if b.listed {
			all = append(all, b)
		}
	}
	return all
}

// disturb lets the server gain, finish, expire and lose builds. While the list is read, which may
// take several polls, it loses none, unless pages overlap: then the client can notice.
func (m *model) disturb(within time.Duration, loses bool) {
	all := m.listed()
	switch rapid.SampledFrom([]string{"", "", "arrive", "finish", "delete", "expire"}).Draw(m.t, "disturbance") {
	case "arrive":
		m.arrive(rapid.SampledFrom([]int{1, 2, 5, 40}).Draw(m.t, "arrivals"), within)
	case "finish":
		for _, b := range all {
			if b.State == "runs" && rapid.Bool().Draw(m.t, "finishes") {
				b.end()
			}
		}
	case "delete":
		for range rapid.IntRange(1, 10).Draw(m.t, "deletions") {
			if len(all) > 1 && loses {
				b := rapid.SampledFrom(all).Draw(m.t, "deleted")
				b.listed, b.deleted = false, true
			}
		}
	case "expire":
		n := rapid.SampledFrom([]int{1, 5, 100}).Draw(m.t, "expirations")
		if within < time.Minute || !loses {
			n = 1
		}
		for i := 0; i < min(n, len(all)-1); i++ {
			all[i].listed = false
		}
	}
	m.server.all = nil
	for _, b := range slices.Backward(m.listed()) {
		m.server.all = append(m.server.all, b.build)
	}
}

var pagings = map[string]mapping.Paging{
	"link":   {Link: true},
	"number": {Number: &mapping.Counter{Parameter: "page"}},
	"offset": {Offset: &mapping.Counter{Parameter: "skip"}},
	"cursor": {Cursor: &mapping.Cursor{Path: "next", Parameter: "after"}},
}

// TestNothingIsMissed polls a server that gains, finishes, expires and loses builds before and
// between polls and pages, by each kind of paging, in pages of any size, with restarts and errors
// between any two requests, and horizons that move.
//
// After each poll, what is said to be complete is: each build that was listed when the poll began,
// and that nobody deleted, is known. A reading without disturbance comes to its end, knows then all
// that is listed back to the horizon, as it is there, and from then on asks once in each poll.
func TestNothingIsMissed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"link", "number", "offset", "cursor"}).Draw(t, "paging")
		feed := fakeFeed()
		feed.Page = pagings[kind]
		feed.Consecutive = rapid.Bool().Draw(t, "consecutive")
		if rapid.Bool().Draw(t, "not by id") {
			feed.One = ""
		}
		if rapid.Bool().Draw(t, "details") {
			feed.Details = "/details/{id}"
		}
		f := &fake{size: rapid.IntRange(2, 30).Draw(t, "page size")}
		m := &model{t: t, clock: noon.AddDate(-1, 0, 0), server: f}
		m.arrive(rapid.IntRange(0, 150).Draw(t, "at first"), 72*time.Hour)
		m.disturb(72*time.Hour, true)
		horizon := func() time.Time {
			return noon.AddDate(-1, 0, rapid.IntRange(-10, 300).Draw(t, "horizon"))
		}
		r := newRig(t, f, feed)
		r.opts.HistoryFrom = horizon()
		r.restart()
		for range rapid.IntRange(1, 12).Draw(t, "polls") {
			if rapid.IntRange(0, 2).Draw(t, "restart") == 0 {
				if rapid.IntRange(0, 3).Draw(t, "moves the horizon") == 0 {
					r.opts.HistoryFrom = horizon()
				}
				r.restart()
			}
			before := map[int]bool{}
			for _, b := range m.listed() {
				before[b.ID] = true
			}
			fails := 1000
			if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
				fails = rapid.IntRange(0, 5).Draw(t, "after requests")
			}
			f.before = func(w http.ResponseWriter, q *http.Request) bool {
				if fails--; fails < 0 {
					w.WriteHeader(500)
					return true
				}
				if q.URL.Path == "/list" && rapid.IntRange(0, 4).Draw(t, "moves") == 0 {
					m.disturb(2*time.Second, kind == "offset")
				}
				return false
			}
			m.clock = m.clock.Add(time.Minute)
			r.now = m.clock
			a, err := r.poll()
			f.before = nil
			switch {
			case err != nil: // a first reading keeps what it has, without what is new
			case len(a.Environments) == 1 && a.Environments[0].Reading != source.ReadNothing:
				m.check(r.known, before)
			default:
				t.Fatalf("neither read nor an error: %+v", a)
			}
			m.disturb(72*time.Hour, kind == "offset" || !r.isPartial())
		}
		m.checkEnd(r)
	})
}

// isPartial reports whether the first reading goes on.
func (r *rig) isPartial() bool {
	return len(r.known.Environments) == 0 || r.known.Environments[0].Partial
}

// checkEnd polls without disturbance.
func (m *model) checkEnd(r *rig) {
	r.now = m.clock.Add(time.Minute)
	for polls := 0; ; polls++ {
		a, err := r.poll()
		if (errors.Is(err, errChanged) || errors.Is(err, errRepeats)) && polls < 5 {
			continue // it begins again
		}
		if err != nil || polls > 100 {
			m.t.Fatalf("poll %d: %+v, %v", polls, a.Environments, err)
		}
		if !a.More {
			break
		}
	}
	m.checkWhole(r.known, r.opts.HistoryFrom)
	for range 2 { // the first may still find that running ones have vanished
		r.took()
		if _, err := r.poll(); err != nil {
			m.t.Fatal(err)
		}
	}
	running := slices.ContainsFunc(m.listed(), func(b *served) bool { return b.State == "runs" })
	if asked := len(r.asked); asked != 1 && !running {
		m.t.Fatalf("a steady poll asked for %s", r.took())
	}
}

// check demands that what is complete is known, of what was listed before the poll.
func (m *model) check(known *source.Known, before map[int]bool) {
	e := &known.Environments[0]
	for _, b := range m.all {
		if !b.listed && e.CompleteFrom.IsZero() {
			continue // a list that was seen empty limits nothing
		}
		if before[b.ID] && !b.deleted && b.Started.After(e.CompleteFrom) && !e.Has(strconv.Itoa(b.ID)) {
			m.t.Fatalf("complete from %v (partial %v), but %d of %v is not known (listed %v)", e.CompleteFrom, e.Partial, b.ID, b.Started, b.listed)
		}
	}
	for _, d := range e.Deployments {
		if id, err := strconv.Atoi(d.ID); err != nil || id < 1000 || id-1000 >= len(m.all) || !m.all[id-1000].Started.Equal(d.Started) {
			m.t.Fatalf("%s of %v never was", d.ID, d.Started)
		}
	}
}

// checkWhole demands that all that is listed at or after the horizon is known, as it is.
func (m *model) checkWhole(known *source.Known, horizon time.Time) {
	e := &known.Environments[0]
	all := m.listed()
	for _, b := range all {
		if b.Started.Before(horizon) || b.Started.Before(e.CompleteFrom) {
			continue
		}
		if runs := e.Runs(fmt.Sprint(b.ID)); len(runs) != 1 || runs[0].Final() != (b.State != "runs") {
			m.t.Fatalf("%d of %v is known as %+v, and is %s (complete from %v, exhausted %v)", b.ID, b.Started, runs, b.State, e.CompleteFrom, e.Exhausted)
		}
	}
	if e.Partial {
		m.t.Fatalf("read to the end, but %+v", e.Environment)
	}
}
