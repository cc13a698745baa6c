package history_test

import (
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A model is what a history of one source should be, kept in plain maps.
type model struct {
	environments map[string]rules.Environment
	interrupted  map[string]time.Time // how far back a first reading came
	deployments  map[[2]string]rules.Deployment
	polls        history.Polls
}

func newModel() *model {
	m := &model{}
	m.forget()
	return m
}

func (m *model) forget() {
	m.environments, m.interrupted = map[string]rules.Environment{}, map[string]time.Time{}
	m.deployments = map[[2]string]rules.Deployment{}
}

func (m *model) merge(a history.Answer, at time.Time) {
	if a.Replace {
		m.forget()
	}
	for _, e := range a.Environments {
		m.environments[e.ID] = e
		delete(m.interrupted, e.ID)
	}
	for _, e := range a.Interrupted {
		if _, whole := m.environments[e.ID]; whole {
			continue
		}
		if m.interrupted[e.ID] = e.CompleteFrom; e.CompleteFrom.IsZero() {
			delete(m.interrupted, e.ID)
		}
	}
	for _, d := range a.Deployments {
		m.deployments[[2]string{d.EnvironmentID, d.ID}] = d
	}
	if a.Failure == "" {
		m.polls.Good = at
	} else {
		m.polls.Failed, m.polls.Failure = at, a.Failure
	}
}

// Dates of all kinds: absent, usual, to the nanosecond, and out of the range in
// which nanoseconds fit 64 bits.
func drawDate(t *rapid.T, label string) time.Time {
	switch rapid.IntRange(0, 9).Draw(t, label+" kind") {
	case 0, 1:
		return time.Time{}
	case 2:
		return time.Unix(rapid.Int64Range(-62135596799, 253402300799).Draw(t, label), rapid.Int64Range(0, 999999999).Draw(t, label)).UTC()
	}
	return noon.Add(time.Duration(rapid.IntRange(-50, 50).Draw(t, label)) * time.Hour)
}

func drawDeployment(t *rapid.T) rules.Deployment {
	word := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	return rules.Deployment{
		ID:            word("id", "1", "2", "3", "4", "-5", "007", "-9223372036854775808", "9223372036854775808", "deploy/6", ""),
		EnvironmentID: word("environment id", "10", "11", "x", ""),
		Environment:   word("environment", "Production", "Test", ""),
		ProjectID:     word("project id", "1", "2"), Project: word("project", "Shop", "Kasse \x00ä"),
		Version: word("version", "", "v1", "release-2"), URL: word("url", "", "https://ci.example.com/1"),
		Started: drawDate(t, "started"), Executed: drawDate(t, "executed"), Finished: drawDate(t, "finished"),
		State:     rules.State(word("state", "SUCCESS", "FAILED", "UNKNOWN", "", "ODD")),
		LifeCycle: rules.LifeCycle(word("life cycle", "FINISHED", "IN_PROGRESS", "NOT_BUILT", "", "ODD")),
	}
}

func drawEnvironment(t *rapid.T) rules.Environment {
	word := func(label string, words ...string) string { return rapid.SampledFrom(words).Draw(t, label) }
	return rules.Environment{
		ID: word("id", "10", "11", "x", ""), Name: word("name", "Production", "Test"),
		ProjectID: "1", Project: word("project", "Shop", "Till"),
		CompleteFrom: drawDate(t, "complete"), Exhausted: rapid.Bool().Draw(t, "exhausted"),
	}
}

func drawAnswer(t *rapid.T) history.Answer {
	return history.Answer{
		Environments: rapid.SliceOfN(rapid.Custom(drawEnvironment), 0, 3).Draw(t, "environments"),
		Interrupted:  rapid.SliceOfN(rapid.Custom(drawEnvironment), 0, 2).Draw(t, "interrupted"),
		Deployments:  rapid.SliceOfN(rapid.Custom(drawDeployment), 0, 6).Draw(t, "deployments"),
		Replace:      rapid.IntRange(0, 5).Draw(t, "replace") == 0,
		Failure:      rapid.SampledFrom([]string{"", "", "timeout"}).Draw(t, "failure"),
	}
}

// TestModel does what a service does with a history, in any order, and compares
// it with maps.
func TestModel(t *testing.T) {
	if raced {
		if err := flag.Set("rapid.checks", "8"); err != nil {
			t.Fatal(err)
		}
	}
	dir, runs := memory(t), 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		path := filepath.Join(dir, fmt.Sprint(runs), "history.db")
		s := openRapid(t, path)
		defer func() { s.Close() }()
		sources := map[string]*model{"a": newModel(), "b": newModel()}
		now := noon
		t.Repeat(map[string]func(*rapid.T){
			"merge": func(t *rapid.T) {
				source := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source")
				now = now.Add(time.Duration(rapid.IntRange(-30, 90).Draw(t, "minutes")) * time.Minute)
				a := drawAnswer(t)
				c, err := s.Merge(ctx, source, a, now)
				if err != nil {
					t.Fatal(err)
				}
				m := sources[source]
				before := *m
				before.environments, before.interrupted = maps.Clone(m.environments), maps.Clone(m.interrupted)
				before.deployments = maps.Clone(m.deployments)
				m.merge(a, now)
				same := maps.EqualFunc(before.deployments, m.deployments, sameDeployment)
				if facts := len(c.New)+len(c.Changed)+len(c.Rewritten)+c.Forgotten > 0; !same && !facts {
					t.Fatalf("the deployments changed, and nothing was said: %+v", c)
				}
				if covered := !cmp.Equal(before.environments, m.environments); covered && !c.Covered {
					t.Fatalf("the coverage changed, and nothing was said: %+v", c)
				}
				if !cmp.Equal(before.interrupted, m.interrupted) && !c.Written {
					t.Fatalf("an interrupted reading was not written: %+v", c)
				}
			},
			"again": func(t *rapid.T) {
				m := sources["a"]
				a := history.Answer{Deployments: slices.Collect(maps.Values(m.deployments)), Environments: slices.Collect(maps.Values(m.environments))}
				c, err := s.Merge(ctx, "a", a, now)
				if err != nil || c.Facts() {
					t.Fatalf("what is known, again: %+v, %v", c, err)
				}
				m.merge(a, now)
			},
			"reopen": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = openRapid(t, path)
			},
			"compare": func(t *rapid.T) {
				source := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source")
				compare(t, s, source, sources[source])
			},
		})
		for source, m := range sources {
			compare(t, s, source, m)
		}
		if err := s.Check(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

func openRapid(t *rapid.T, path string) *history.Store {
	s, err := history.Open(ctx, path, history.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sameDeployment(a, b rules.Deployment) bool { return cmp.Equal(a, b) }

// compare looks at a source in all ways.
func compare(t *rapid.T, s *history.Store, source string, m *model) {
	want := sorted(slices.Collect(maps.Values(m.deployments)))
	got, err := readAll(s, source)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Fatalf("deployments of %s, got, want: %s", source, diff)
	}
	compareLean(t, s, source, got)
	if n, err := s.Count(ctx, source, history.Filter{}); err != nil || n != int64(len(want)) {
		t.Fatalf("count: got %d, %v, want %d", n, err, len(want))
	}
	if p, err := s.Polls(ctx, source); err != nil || p != m.polls {
		t.Fatalf("polls: got %v, %v, want %v", p, err, m.polls)
	}
	compareKnown(t, s.Known(ctx, source), m)
	comparePages(t, s, source, m)
	environments, err := s.Environments(ctx, source)
	if err != nil || len(environments) != len(m.environments) {
		t.Fatalf("environments: got %v, %v, want %v", environments, err, m.environments)
	}
	for _, e := range environments {
		if diff := cmp.Diff(e.Environment, m.environments[e.ID]); diff != "" {
			t.Fatal(diff)
		}
	}
}

// compareLean reads without loading: only Version and URL may be missing.
func compareLean(t *rapid.T, s *history.Store, source string, want []rules.Deployment) {
	var got []rules.Deployment
	for row, err := range s.Scan(ctx, source, history.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Deployment)
		if is := latest(&row.Deployment); !row.Latest.Equal(is) {
			t.Fatalf("latest: got %v, want %v", row.Latest, is)
		}
	}
	sorted(got)
	want = slices.Clone(want)
	for i := range min(len(got), len(want)) {
		if got[i].Version == "" && got[i].URL == "" {
			want[i].Version, want[i].URL = "", ""
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Fatalf("rows of %s, got, want: %s", source, diff)
	}
}

// latest is the latest date of a deployment that has ended.
func latest(d *rules.Deployment) (last time.Time) {
	for _, t := range []time.Time{d.Started, d.Executed, d.Finished} {
		if d.Final() && !t.IsZero() && (last.IsZero() || t.After(last)) {
			last = t
		}
	}
	return last
}

func compareKnown(t *rapid.T, known *history.Known, m *model) {
	for _, environment := range []string{"10", "11", "x", "", "never seen"} {
		e, want := m.environments[environment]
		from, exhausted, ok := known.Complete(environment)
		if !want {
			e.CompleteFrom = m.interrupted[environment]
		}
		if ok != want || !from.Equal(e.CompleteFrom) || exhausted != e.Exhausted {
			t.Fatalf("complete %q: got %v, %v, %v, want %v, %v", environment, from, exhausted, ok, e, want)
		}
		var active []string
		for _, id := range []string{"1", "2", "3", "4", "-5", "007", "-9223372036854775808", "9223372036854775808", "deploy/6", "", "8"} {
			d, there := m.deployments[[2]string{environment, id}]
			if got := known.Final(environment, id); got != (there && d.Final()) {
				t.Fatalf("final %q %q: got %v of %v", environment, id, got, d)
			}
			if there && !d.Final() {
				active = append(active, id)
			}
		}
		got := known.Active(environment)
		slices.Sort(got)
		slices.Sort(active)
		if !slices.Equal(got, active) {
			t.Fatalf("active %q: got %q, want %q", environment, got, active)
		}
	}
	if err := known.Err(); err != nil {
		t.Fatal(err)
	}
}

// comparePages reads page by page, by environment and time.
func comparePages(t *rapid.T, s *history.Store, source string, m *model) {
	f := history.Filter{From: drawDate(t, "from"), Until: drawDate(t, "until")}
	if rapid.Bool().Draw(t, "by name") {
		f.Environment = func(_, _, _, environment string) bool { return environment == "Production" }
	}
	var want, got []rules.Deployment
	for _, d := range m.deployments {
		if selects(&f, &d) {
			want = append(want, d)
		}
	}
	size := rapid.IntRange(1, 4).Draw(t, "page")
	var after history.Cursor
	for {
		page, next, err := s.Page(ctx, source, f, after, size)
		if err != nil || len(page) > size {
			t.Fatalf("page: got %d, %v, want at most %d", len(page), err, size)
		}
		got = append(got, page...)
		if after = next; next.IsZero() {
			break
		}
	}
	for i := 1; i < len(got); i++ {
		if order(&got[i-1]).Before(order(&got[i])) {
			t.Fatalf("order: %v came before %v", got[i-1], got[i])
		}
	}
	if n, err := s.Count(ctx, source, f); err != nil || n != int64(len(want)) {
		t.Fatalf("count: got %d, %v, want %d", n, err, len(want))
	}
	if diff := cmp.Diff(sorted(got), sorted(want)); diff != "" {
		t.Fatalf("pages, got, want: %s", diff)
	}
}

// order is by what pages are ordered, before nanoseconds end.
func order(d *rules.Deployment) time.Time {
	last := time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
	if !d.Final() {
		return last.AddDate(1, 0, 0)
	}
	t := d.Started
	for _, u := range []time.Time{d.Executed, d.Finished} {
		if u.After(t) {
			t = u
		}
	}
	if first := time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC); t.Before(first) {
		return first
	} else if t.After(last) {
		return last
	}
	return t
}

// selects is what a filter's comments say.
func selects(f *history.Filter, d *rules.Deployment) bool {
	if f.Environment != nil && !f.Environment(d.ProjectID, d.Project, d.EnvironmentID, d.Environment) {
		return false
	}
	if !d.Final() {
		return true
	}
	var dates []time.Time
	for _, t := range []time.Time{d.Started, d.Executed, d.Finished} {
		if !t.IsZero() {
			dates = append(dates, t)
		}
	}
	if len(dates) == 0 {
		return f.From.IsZero() // it took no time at all, long ago
	}
	slices.SortFunc(dates, time.Time.Compare)
	return (f.From.IsZero() || !dates[len(dates)-1].Before(f.From)) && (f.Until.IsZero() || dates[0].Before(f.Until))
}
