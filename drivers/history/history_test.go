package history_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// All that can be known of a source comes back, also in another process.
func TestSaveLoad(t *testing.T) {
	s, path := fresh(t)
	want := wide()
	saved(t, s, want, everything(want))
	if got := load(t, s, bamboo); diff(got, *want) != "" {
		t.Errorf("got, want: %s", diff(got, *want))
	}
	if got := load(t, openRead(t, path), bamboo); diff(got, *want) != "" {
		t.Errorf("a reader: got, want: %s", diff(got, *want))
	}
	other := source.Key{Name: "bamboo", Address: "other.example.com"}
	if got := load(t, s, other); diff(got, source.Known{Key: other}) != "" {
		t.Errorf("one that was never saved: got %v", got)
	}
	closed(t, s)
}

// wide has something in each field of what can be known.
func wide() *source.Known {
	k := &source.Known{
		Key: bamboo, FirstRead: noon.Add(-time.Hour), Good: noon, Selection: "[null,null]",
		Failed: noon.Add(time.Minute), Failure: "timeout",
	}
	e := production()
	e.FormerNames, e.FormerProjects = []string{"Prod", "Live", "Prod 2"}, []string{"Till"}
	e.Gone, e.Retired, e.Exhausted = true, true, true
	e.Unusable = []source.Unusable{
		{EnvironmentID: "7", ID: "90", Field: "startedDate", Value: "0", Hint: "milliseconds?"},
		{EnvironmentID: "7", ID: "90", Field: "finishedDate", Value: "-1"},
	}
	e.Deployments = []rules.Deployment{deployed("100", noon), deployed("100", noon.Add(time.Hour)), deployed("99", noon), under("x", noon)}
	last := &e.Deployments[3]
	last.SeenRunning, last.Denied = noon.Add(time.Minute), true
	last.Outcomes = rules.Outcomes(0).With(rules.OutcomeFailed).With(rules.OutcomeUnknown)
	last.Environment, last.Project, last.ProjectID = "Prod", "Till", "2"
	far := deployed("y", time.Date(1600, 1, 1, 0, 0, 0, 5, time.UTC))
	far.Finished = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	none := rules.Deployment{ID: "z", LifeCycle: "ODD ä"}
	e.Deployments = append(e.Deployments, far, none)
	k.Environments = []source.KnownEnvironment{e, {
		Environment: rules.Environment{ID: "10", Name: "Test", ProjectID: "1", Project: "Shop"}, Partial: true,
	}}
	return filled(k)
}

// A save changes what its changes name, and nothing else.
func TestSaveChanges(t *testing.T) {
	s, _ := fresh(t)
	k := polled(noon, deployed("1", noon), under("2", noon), deployed("3", noon))
	saved(t, s, k, everything(k))
	queued := under("2", noon)
	next := polled(noon.Add(time.Minute), deployed("1", noon), deployed("2", noon), deployed("3", noon.Add(time.Hour)))
	e := &next.Environments[0]
	e.Name, e.FormerNames = "Live", []string{"Production"}
	saved(t, s, next, source.Changes{
		Key: bamboo, Environments: []string{"7"},
		Runs:    []rules.Deployment{deployed("2", noon), deployed("3", noon.Add(time.Hour))},
		Dropped: []rules.Deployment{deployed("3", noon), {EnvironmentID: "7", ID: "3", Executed: noon.Add(-time.Hour)}, {EnvironmentID: "never seen", ID: queued.ID}},
	})
	if got := load(t, s, bamboo); diff(got, *next) != "" {
		t.Errorf("got, want: %s", diff(got, *next))
	}
	closed(t, s)
}

// A change that contradicts what is known is a mistake of the caller, and writes nothing.
func TestSaveOfUnknownEnvironment(t *testing.T) {
	s, path := fresh(t)
	k := polled(noon, deployed("1", noon))
	saved(t, s, k, everything(k))
	was := content(t, path)
	for _, c := range []source.Changes{
		{Key: bamboo, Environments: []string{"8"}},
		{Key: bamboo, Environments: []string{"7"}, Runs: []rules.Deployment{deployed("2", noon), {EnvironmentID: "8", ID: "3"}}},
	} {
		err := s.Save(ctx, k, c)
		wantKind(t, err, history.Other, path)
		if !strings.Contains(err.Error(), "environment 8") || content(t, path) != was {
			t.Errorf("got %v, want an error that names it, and the file as it was", err)
		}
	}
	closed(t, s)
}

// What is known of a source is known under its new name, marks that were held back
// included.
func TestRenameSource(t *testing.T) {
	s, path := fresh(t)
	k := polled(noon, deployed("1", noon))
	saved(t, s, k, everything(k))
	other := &source.Known{Key: source.Key{Name: "other", Address: "other.example.com"}}
	saved(t, s, other, everything(other))
	want := polled(noon.Add(time.Minute), deployed("1", noon))
	saved(t, s, want, source.Changes{Key: bamboo})

	to := source.Key{Name: "wall", Address: "ci.example.com"}
	if err := s.RenameSource(ctx, bamboo, to); err != nil {
		t.Fatal(err)
	}
	want.Key = to
	filled(want)
	if got := load(t, s, to); diff(got, *want) != "" {
		t.Errorf("got, want: %s", diff(got, *want))
	}
	if got := load(t, s, bamboo); diff(got, source.Known{Key: bamboo}) != "" {
		t.Errorf("the old name: got %v, want nothing", got)
	}
	for _, c := range []struct {
		from, to source.Key
		want     string
	}{
		{bamboo, to, `history: no source bamboo at "bamboo.example.com" is known`},
		{to, other.Key, `history: source other at "other.example.com" is known already`},
		{to, to, `history: source wall at "ci.example.com" is known already`},
	} {
		if err := s.RenameSource(ctx, c.from, c.to); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	closed(t, s)
	r := openRead(t, path)
	if got := load(t, r, to); diff(got, *want) != "" {
		t.Errorf("after Close: got, want: %s", diff(got, *want))
	}
	keys, err := r.Sources(ctx)
	if err != nil || diff(keys, []source.Key{to, other.Key}) != "" {
		t.Errorf("sources: got %v, %v", keys, err)
	}
	wantKind(t, r.RenameSource(ctx, to, bamboo), history.ReadOnly, path)
}

func TestLockouts(t *testing.T) {
	s, path := fresh(t)
	if got, err := s.Lockouts(ctx); got != nil || err != nil {
		t.Errorf("got %v, %v, want none", got, err)
	}
	a := source.Lockout{Fingerprint: strings.Repeat("a", 64), Status: 401, At: noon}
	b := source.Lockout{Fingerprint: strings.Repeat("b", 64), Status: 403}
	for _, list := range [][]source.Lockout{{b}, {b, a}, {a, b}, nil, {a}} {
		if err := s.SaveLockouts(ctx, list); err != nil {
			t.Fatal(err)
		}
		was := content(t, path)
		if err := s.SaveLockouts(ctx, list); err != nil || content(t, path) != was {
			t.Errorf("%v: the same ones were written again (%v)", list, err)
		}
		want := list
		if len(list) == 2 {
			want = []source.Lockout{a, b}
		}
		if got, err := openRead(t, path).Lockouts(ctx); diff(got, want) != "" || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	closed(t, s)
}

// Another file is kept at once, whatever it differs in, and the same one not again.
func TestLastGood(t *testing.T) {
	s, path := fresh(t)
	if _, ok, err := s.LastGood(ctx); ok || err != nil {
		t.Errorf("before: got %v, %v, want none", ok, err)
	}
	is := history.LastGood{Path: "/a", File: []byte("a"), Hash: "a", Config: []byte("a"), Program: "a", Saved: noon}
	for i, change := range []func(){
		func() {},
		func() { is.Path = "/b" },
		func() { is.File = []byte("b") },
		func() { is.Hash = "b" },
		func() { is.Config = nil },
		func() { is.Program = "b" },
	} {
		change()
		again := is
		again.Saved = noon.Add(time.Hour)
		if err := s.SaveLastGood(ctx, is); err != nil {
			t.Fatal(err)
		}
		was := content(t, path)
		if err := s.SaveLastGood(ctx, again); err != nil {
			t.Fatal(err)
		}
		if content(t, path) != was {
			t.Errorf("%d: the same one was written again", i)
		}
		got, ok, err := openRead(t, path).LastGood(ctx)
		if diff(got, is) != "" || !ok || err != nil {
			t.Errorf("%d: %v, %v, got, want: %s", i, ok, err, diff(got, is))
		}
	}
	closed(t, s)
}

// People can look with the sqlite3 program.
func TestDeploymentsView(t *testing.T) {
	s, path := fresh(t)
	if err := errors.Join(save(s, noon, deployed("81", noon.Add(7*time.Millisecond))), s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got := make([]string, 8)
	row := db.QueryRow("SELECT source, address, project, environment, id, version, state, started FROM deployments WHERE seen_running IS NULL")
	if err := row.Scan(&got[0], &got[1], &got[2], &got[3], &got[4], &got[5], &got[6], &got[7]); err != nil {
		t.Fatal(err)
	}
	want := "bamboo bamboo.example.com Shop Production 81 release-81 SUCCESS 2026-03-13T12:00:00.007Z"
	if got := strings.Join(got, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// When a run was first seen stays, however often it changes.
func TestFirstSeen(t *testing.T) {
	s, path := fresh(t)
	if err := errors.Join(save(s, noon, under("1", noon)), save(s, noon.Add(time.Hour), deployed("1", noon)), s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got int64
	if err := db.QueryRow("SELECT first_seen FROM run").Scan(&got); err != nil || got != noon.UnixNano() {
		t.Errorf("got %d, %v, want %d", got, err, noon.UnixNano())
	}
}

// Loading is in order of the index, without sorting or looking elsewhere, and no more
// memory than needed is taken.
func TestLoadMemory(t *testing.T) {
	const n = 2000
	s, k := open(t, filepath.Join(memory(t), "history.db")), year(n)
	saved(t, s, k, everything(k))
	got := load(t, s, bamboo)
	if diff(got, *k) != "" {
		t.Fatal("it is not what was saved")
	}
	for _, e := range got.Environments {
		if cap(e.Deployments) != len(e.Deployments) {
			t.Errorf("environment %s: got room for %d, want %d", e.ID, cap(e.Deployments), len(e.Deployments))
		}
	}
	allocations := testing.AllocsPerRun(3, func() { load(t, s, bamboo) })
	if limit := 10.0*n + 8000; allocations > limit && !raced {
		t.Errorf("got %v allocations for %d deployments, want at most %v", allocations, n, limit)
	}
	closed(t, s)
}

// A caller that gives up is told so, and nothing is written.
func TestCancelled(t *testing.T) {
	s, path := fresh(t)
	was := content(t, path)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	k := polled(noon, deployed("1", noon))
	if err := s.Save(ended, k, everything(k)); !errors.Is(err, ended.Err()) {
		t.Errorf("save: got %v, want it cancelled", err)
	}
	if _, err := s.Load(ended, bamboo); !errors.Is(err, ended.Err()) {
		t.Errorf("load: got %v, want it cancelled", err)
	}
	if content(t, path) != was {
		t.Error("it was written")
	}
	closed(t, s)
}
