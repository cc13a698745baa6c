package bamboo

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// disturb lets the server gain, finish, expire and lose results.
func (m *model) disturb(label string) {
	switch rapid.SampledFrom([]string{"", "", "arrive", "finish", "delete", "expire"}).Draw(m.t, label) {
	case "arrive":
		m.arrive(rapid.SampledFrom([]int{1, 2, 5, 40}).Draw(m.t, "arrive"))
	case "finish":
		for _, p := range m.listed() {
			if p.LifeCycle != "FINISHED" && rapid.Bool().Draw(m.t, "finishes") {
				p.finish()
			}
		}
	case "delete":
		for range rapid.IntRange(1, 10).Draw(m.t, "deletions") {
			m.delete()
		}
	case "expire":
		m.expire(rapid.SampledFrom([]int{1, 5, 100}).Draw(m.t, "expire"))
	}
}

// Property: after any sequence of readings that were cut off at any page, or put off
// to the next poll, of a server that changes before, between and while they read, a
// reading to the end claims what one without a past claims, or what was claimed
// already, and then all that the server has at or after the horizon is kept as it
// is there. No claim on the way is false, and none is taken back.
func TestResumeLeavesNoHole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &bambootest.Server{NoDate: true, Projects: []bambootest.Project{{ID: 1, Name: "p", Environments: []bambootest.Environment{{ID: 7, Name: "e"}}}}}
		s.PageSize = rapid.IntRange(2, 12).Draw(t, "page size")
		s.MaxPageSize = rapid.IntRange(2, 30).Draw(t, "largest page")
		m := &model{t: t, next: noon, server: s}
		m.arrive(rapid.IntRange(0, 200).Draw(t, "at first"))
		o := Opts{URL: "http://127.0.0.1:1", Transport: handled(s), MaxPages: 1000}
		horizon := rapid.Custom(func(t *rapid.T) time.Time {
			return noon.Add(time.Duration(rapid.IntRange(-10, 300).Draw(t, "day")) * 24 * time.Hour)
		})
		o.HistoryFrom = horizon.Draw(t, "horizon")
		o.Batch = rapid.SampledFrom([]int{0, 0, 10, 100}).Draw(t, "batch")
		known := newMemory()
		for range rapid.IntRange(1, 6).Draw(t, "polls") {
			m.interrupt(t, o, known)
			m.disturb("between polls")
			if rapid.IntRange(0, 3).Draw(t, "another") == 0 {
				o.HistoryFrom = horizon.Draw(t, "another horizon")
			}
		}
		m.finishReading(t, o, known)
	})
}

// interrupt polls once, which is mostly cut off, and checks what is claimed then.
func (m *model) interrupt(t *rapid.T, o Opts, known *memory) {
	m.publish(m.server)
	m.server.Quirks.BetweenPages = func(s *bambootest.Server, _ int) {
		if rapid.IntRange(0, 4).Draw(t, "moves") == 0 {
			m.disturb("between pages")
			m.publish(s)
		}
	}
	m.server.Inject("results", -1, bambootest.After(rapid.IntRange(0, 25).Draw(t, "cut"), bambootest.Status(500)))
	before := map[int64]past{}
	for _, p := range m.all {
		before[p.ID] = *p
	}
	was, again := known.interrupted["7"]
	whole := known.environments["7"]
	a := m.poll(t, o, known)
	m.server.Heal()
	m.server.Quirks.BetweenPages = nil
	if len(a.Environments) > 0 {
		check(t, m, known, before, a)
		return
	}
	if known.environments["7"] != whole {
		t.Fatalf("an error changed what is known: %+v, was %+v", known.environments["7"], whole)
	}
	if len(a.Interrupted) == 0 {
		if len(a.Deployments) > 0 {
			t.Fatalf("%d results without a claim", len(a.Deployments))
		}
		return
	}
	e := a.Interrupted[0]
	if e.Exhausted || !e.CompleteFrom.Before(m.now()) || again && e.CompleteFrom.After(was.CompleteFrom) {
		t.Fatalf("claims %+v, before that %+v", e, was)
	}
	m.checkClaim(t, known, before, e.CompleteFrom.Add(-longest))
}

// poll polls as after a restart, and keeps the answer. An environment that was read
// may have an error too, of a result that vanished while it ran.
func (m *model) poll(t *rapid.T, o Opts, known *memory) Answer {
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Poll(context.Background(), known, m.now(), nil)
	if a.More == (len(a.Interrupted) == 0) && err == nil || a.More && err != nil || err == nil && !a.More && len(a.Environments) == 0 {
		t.Fatalf("got %+v, %+v, more: %v and %v", a.Environments, a.Interrupted, a.More, err)
	}
	known.keep(a)
	return a
}

// now is when the model is polled: after all that it has.
func (m *model) now() time.Time { return m.next.Add(time.Hour) }

// checkClaim demands that all that was there before the poll and began after from
// is kept.
func (m *model) checkClaim(t *rapid.T, known *memory, before map[int64]past, from time.Time) {
	for _, p := range m.all {
		if _, there := before[p.ID]; !there || !p.listed && !p.expired || !p.Started.After(from) {
			continue
		}
		if _, met := known.deployments["7/"+wireID(p.ID).String()]; !met {
			t.Fatalf("claims all after %v, but has not met %d of %v", from, p.ID, p.Started)
		}
	}
}

// finishReading polls without a break and checks coverage and results.
func (m *model) finishReading(t *rapid.T, o Opts, known *memory) {
	m.publish(m.server)
	blank, whole := newMemory(), o
	whole.Batch = 0
	m.poll(t, whole, blank)
	want := blank.environments["7"]
	old, steady := known.environments["7"]
	if !steady {
		old = known.interrupted["7"]
	}
	var newest time.Time // that is known and listed
	for _, p := range m.listed() {
		if _, met := known.deployments["7/"+wireID(p.ID).String()]; met {
			newest = p.Started
		}
	}
	for m.poll(t, o, known).More {
	}
	if len(known.environments) == 0 {
		t.Fatal("an undisturbed poll did not read the environment")
	}
	got := known.environments["7"]
	deeper := steady && !old.Exhausted && o.HistoryFrom.Before(old.CompleteFrom)
	if !steady || deeper || old.CompleteFrom.IsZero() {
		both := union(want, old)
		// The page on which the reading ends may reach what is known, or not.
		maybe := !newest.IsZero() && newest.Before(o.HistoryFrom.Add(-longest))
		if newest.IsZero() && got != want || !newest.IsZero() && got != both && !(maybe && got == want) {
			t.Fatalf("claims %+v; at one go %+v; known before %+v, of the results until %v", got, want, old, newest)
		}
	}
	for _, p := range m.listed() {
		// Of several that began at once a reading that did not end may lack some.
		atEdge := p.Started.Equal(got.CompleteFrom) && !got.Exhausted && !got.CompleteFrom.Equal(o.HistoryFrom)
		if p.Started.Before(got.CompleteFrom) || atEdge {
			continue
		}
		d, met := known.deployments["7/"+wireID(p.ID).String()]
		if !met || d.Final() != (p.LifeCycle == "FINISHED") {
			t.Fatalf("claims %+v, but %d of %v is met: %v, as %s", got, p.ID, p.Started, met, d.LifeCycle)
		}
	}
}

// union is the coverage of a reading that reached what was known before.
func union(e, old rules.Environment) rules.Environment {
	switch {
	case old.CompleteFrom.IsZero() || e.CompleteFrom.Before(old.CompleteFrom):
	case old.CompleteFrom.Before(e.CompleteFrom):
		e.CompleteFrom, e.Exhausted = old.CompleteFrom, old.Exhausted
	default:
		e.Exhausted = e.Exhausted || old.Exhausted
	}
	return e
}
