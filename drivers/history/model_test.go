package history_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A model is what a history of one source should be, kept in plain maps.
type model struct {
	known        source.Known // without its environments
	environments map[string]source.KnownEnvironment
	runs         map[[3]string]rules.Deployment // by environment, id and start
}

func key(d *rules.Deployment) [3]string {
	return [3]string{d.EnvironmentID, d.ID, d.Start().Format(time.DateTime)}
}

// all is the model as a Known.
func (m *model) all() *source.Known {
	k := m.known
	for _, e := range m.environments {
		for _, d := range m.runs {
			if d.EnvironmentID == e.ID {
				e.Deployments = append(e.Deployments, d)
			}
		}
		slices.SortFunc(e.Deployments, func(a, b rules.Deployment) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Start().Unix(), b.Start().Unix()))
		})
		k.Environments = append(k.Environments, e)
	}
	return filled(&k)
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

func drawWord(t *rapid.T, label string, words ...string) string {
	return rapid.SampledFrom(words).Draw(t, label)
}

func drawDeployment(t *rapid.T) rules.Deployment {
	return rules.Deployment{
		ID:          drawWord(t, "id", "1", "2", "3", "10", "-5", "007", "9223372036854775808", "deploy/6", ""),
		Environment: drawWord(t, "environment", "Production", "Test", ""),
		ProjectID:   drawWord(t, "project id", "1", "2"), Project: drawWord(t, "project", "Shop", "Kasse ä", ""),
		Version: drawWord(t, "version", "", "v1", "release-2"), URL: drawWord(t, "url", "", "https://ci.example.com/1"),
		Started: drawDate(t, "started"), Executed: drawDate(t, "executed"), Finished: drawDate(t, "finished"),
		State:     rules.State(drawWord(t, "state", "SUCCESS", "FAILED", "UNKNOWN", "", "ODD")),
		LifeCycle: rules.LifeCycle(drawWord(t, "life cycle", "FINISHED", "IN_PROGRESS", "NOT_BUILT", "", "ODD")),
		Outcomes:  rules.Outcomes(rapid.IntRange(0, 15).Draw(t, "outcomes")), SeenRunning: drawDate(t, "seen running"),
		Denied: rapid.Bool().Draw(t, "denied"),
	}
}

func drawEnvironment(t *rapid.T, id string) source.KnownEnvironment {
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ä", ""}), 0, 3)
	e := source.KnownEnvironment{
		Environment: rules.Environment{
			ID: id, Name: drawWord(t, "name", "Production", "Test", ""), ProjectID: "1", Project: drawWord(t, "project", "Shop", "Till"),
			FormerNames: names.Draw(t, "names"), FormerProjects: names.Draw(t, "projects"),
			CompleteFrom: drawDate(t, "complete"), Exhausted: rapid.Bool().Draw(t, "exhausted"),
		},
		Partial: rapid.Bool().Draw(t, "partial"), Gone: rapid.Bool().Draw(t, "gone"), Retired: rapid.Bool().Draw(t, "retired"),
		FirstSeen: drawDate(t, "first seen"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "unusable") {
		e.Unusable = append(e.Unusable, source.Unusable{EnvironmentID: id, ID: drawWord(t, "unusable id", "1", "x"), Field: "started", Value: "0", Hint: drawWord(t, "hint", "", "milliseconds?")})
	}
	return e
}

// change makes a change of a model, as a merge might, and says what it was.
func (m *model) change(t *rapid.T) source.Changes {
	c := source.Changes{Key: m.known.Key, Source: rapid.Bool().Draw(t, "source")}
	if c.Source {
		m.known.FirstRead, m.known.Selection = drawDate(t, "first read"), drawWord(t, "selection", "", "[null,null]")
	}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"10", "7", "x", ""}), 0, 3, rapid.ID).Draw(t, "environments") {
		m.environments[id] = drawEnvironment(t, id)
		c.Environments = append(c.Environments, id)
	}
	if len(m.environments) == 0 {
		return c
	}
	ids := make([]string, 0, len(m.environments))
	for id := range m.environments {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for range rapid.IntRange(0, 6).Draw(t, "deployments") {
		d := drawDeployment(t)
		d.Source, d.EnvironmentID = m.known.Name, rapid.SampledFrom(ids).Draw(t, "environment id")
		if _, there := m.runs[key(&d)]; there && rapid.Bool().Draw(t, "drop") && !slices.ContainsFunc(c.Runs, func(o rules.Deployment) bool { return key(&o) == key(&d) }) {
			delete(m.runs, key(&d))
			c.Dropped = append(c.Dropped, d)
			continue
		}
		m.runs[key(&d)] = d
		c.Runs = append(c.Runs, d)
	}
	return c
}

// poll sets the marks of a poll.
func (m *model) poll(t *rapid.T, now time.Time) {
	if m.known.Failed, m.known.Failure = (time.Time{}), ""; rapid.Bool().Draw(t, "failed") {
		m.known.Failed, m.known.Failure = now, "timeout"
	} else {
		m.known.Good = now
	}
	for id, e := range m.environments {
		if rapid.Bool().Draw(t, "read") {
			e.Read = now
		}
		m.environments[id] = e
	}
}

// TestModel does what a service does with a history, in any order, and compares
// it with maps.
func TestModel(t *testing.T) {
	fewChecks(t)
	dir, count := memory(t), 0
	rapid.Check(t, func(t *rapid.T) {
		count++
		path := filepath.Join(dir, fmt.Sprint(count), "history.db")
		s := openRapid(t, path)
		defer func() { s.Close() }()
		now, models := noon, []*model{}
		for _, name := range []string{"a", "b"} {
			models = append(models, &model{
				known:        source.Known{Key: source.Key{Name: name, Address: "ci.example.com"}},
				environments: map[string]source.KnownEnvironment{}, runs: map[[3]string]rules.Deployment{},
			})
		}
		draw := func(t *rapid.T) *model { return rapid.SampledFrom(models).Draw(t, "source") }
		renamed := 0
		t.Repeat(map[string]func(*rapid.T){
			"save": func(t *rapid.T) {
				m := draw(t)
				now = now.Add(time.Duration(rapid.IntRange(-30, 90).Draw(t, "minutes")) * time.Minute)
				m.poll(t, now)
				c := m.change(t)
				if err := s.Save(ctx, m.all(), c); err != nil {
					t.Fatal(err)
				}
			},
			"poll": func(t *rapid.T) {
				m := draw(t)
				now = now.Add(time.Duration(rapid.IntRange(-30, 90).Draw(t, "minutes")) * time.Minute)
				m.poll(t, now)
				if err := s.Save(ctx, m.all(), source.Changes{Key: m.known.Key}); err != nil {
					t.Fatal(err)
				}
			},
			"rename": func(t *rapid.T) {
				m := draw(t)
				renamed++
				to := source.Key{Name: m.known.Name, Address: fmt.Sprint("ci", renamed)}
				keys, err := s.Sources(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.RenameSource(ctx, m.known.Key, to); (err == nil) != slices.Contains(keys, m.known.Key) {
					t.Fatalf("got %v of %v", err, keys)
				} else if err == nil {
					m.known.Key = to
				}
			},
			"reopen": func(t *rapid.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = openRapid(t, path)
			},
			"compare": func(t *rapid.T) { compare(t, s, draw(t)) },
		})
		for _, m := range models {
			compare(t, s, m)
		}
		if err := errors.Join(s.Check(ctx), s.Close()); err != nil {
			t.Fatal(err)
		}
		s = openRapid(t, path)
		for _, m := range models {
			compare(t, s, m)
		}
	})
}

// fewChecks makes a race build draw less.
func fewChecks(t *testing.T) {
	if raced {
		if err := flag.Set("rapid.checks", "8"); err != nil {
			t.Fatal(err)
		}
	}
}

func openRapid(t *rapid.T, path string) *history.Store {
	s, err := history.Open(ctx, path, history.Opts{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func compare(t *rapid.T, s *history.Store, m *model) {
	got, err := s.Load(ctx, m.known.Key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := diff(got, *m.all()); diff != "" {
		t.Fatalf("got, want: %s", diff)
	}
}
