package history_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

var ctx = context.Background()

// noon is the instant of the tests that need only one.
var noon = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)

// bamboo is the source of the tests that need only one.
var bamboo = source.Key{Name: "bamboo", Address: "bamboo.example.com"}

// fresh returns an open, empty history and its path.
func fresh(tb testing.TB) (*history.Store, string) {
	tb.Helper()
	path := filepath.Join(memory(tb), "state", "history.db")
	s := open(tb, path)
	tb.Cleanup(func() { s.Close() }) // an error matters only to who closes it before
	return s, path
}

func open(tb testing.TB, path string) *history.Store {
	tb.Helper()
	s, err := history.Open(ctx, path, history.Opts{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func openRead(tb testing.TB, path string) *history.Store {
	tb.Helper()
	s, err := history.OpenRead(ctx, path, history.Opts{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func closed(tb testing.TB, s *history.Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
}

func load(tb testing.TB, s *history.Store, key source.Key) source.Known {
	tb.Helper()
	known, err := s.Load(ctx, key)
	if err != nil {
		tb.Fatal(err)
	}
	return known
}

// production is an environment that is known since a year.
func production() source.KnownEnvironment {
	return source.KnownEnvironment{
		Environment: rules.Environment{ID: "7", Name: "Production", ProjectID: "1", Project: "Shop", CompleteFrom: noon.AddDate(-1, 0, 0)},
		Read:        noon, FirstSeen: noon,
	}
}

// deployed returns a deployment into production that took five minutes.
func deployed(id string, at time.Time) rules.Deployment {
	return rules.Deployment{
		ID: id, Source: bamboo.Name, ProjectID: "1", Project: "Shop", EnvironmentID: "7", Environment: "Production",
		Version: "release-" + id, URL: "https://bamboo.example.com/deploy/viewDeploymentResult.action?deploymentResultId=" + id,
		Started: at, Executed: at.Add(time.Second), Finished: at.Add(5 * time.Minute),
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
	}
}

// under returns a deployment that has not ended.
func under(id string, at time.Time) rules.Deployment {
	d := deployed(id, at)
	d.Finished, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleInProgress
	return d
}

// polled is what is known of bamboo after a good poll at an instant, with deployments
// into production.
func polled(at time.Time, runs ...rules.Deployment) *source.Known {
	k := &source.Known{Key: bamboo, FirstRead: noon, Good: at, Selection: "[null,null]"}
	e := production()
	e.Read, e.Deployments = at, slices.SortedFunc(slices.Values(runs), source.CompareRuns)
	k.Environments = []source.KnownEnvironment{e}
	return filled(k)
}

// filled sets what is the same in a source, its environments and their deployments.
func filled(k *source.Known) *source.Known {
	slices.SortFunc(k.Environments, func(a, b source.KnownEnvironment) int { return cmp.Compare(a.ID, b.ID) })
	for i := range k.Environments {
		e := &k.Environments[i]
		e.Source, e.FirstRead = k.Name, k.FirstRead
		for j := range e.Deployments {
			e.Deployments[j].Source, e.Deployments[j].EnvironmentID = k.Name, e.ID
		}
	}
	return k
}

// everything are the changes that write all that is known.
func everything(k *source.Known) source.Changes {
	c := source.Changes{Key: k.Key, Source: true}
	for i := range k.Environments {
		c.Environments = append(c.Environments, k.Environments[i].ID)
		c.Runs = append(c.Runs, k.Environments[i].Deployments...)
	}
	return c
}

// save writes deployments into production that were found at an instant.
func save(s *history.Store, at time.Time, runs ...rules.Deployment) error {
	k := polled(at, runs...)
	return s.Save(ctx, k, everything(k))
}

func saved(tb testing.TB, s *history.Store, k *source.Known, c source.Changes) {
	tb.Helper()
	if err := s.Save(ctx, k, c); err != nil {
		tb.Fatal(err)
	}
}

// runs returns the deployments of a source.
func runs(k *source.Known) []rules.Deployment {
	var list []rules.Deployment
	for i := range k.Environments {
		list = append(list, k.Environments[i].Deployments...)
	}
	return list
}

func diff(got, want any) string { return gocmp.Diff(got, want, cmpopts.EquateEmpty()) }

func content(tb testing.TB, path string) string {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// placed writes a history of that content into a directory of its own.
func placed(tb testing.TB, dir string, b []byte) string {
	tb.Helper()
	dir, err := os.MkdirTemp(dir, "placed")
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, "history.db")
	if err := os.WriteFile(path, b, 0o640); err != nil {
		tb.Fatal(err)
	}
	return path
}

// memory returns a directory whose fsync costs nothing, for tests of what is not
// about the disk.
func memory(tb testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "history")
	if err != nil {
		return tb.TempDir()
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

// often returns how often to repeat something: fewer times for people, and a few
// times in a race build, which looks for something else, and with -short.
func often(people, ci int) int {
	switch {
	case raced || testing.Short():
		return people / 15
	case os.Getenv("CI") == "true":
		return ci
	}
	return people
}

// wantKind fails unless err is an error of a history of that kind and path.
func wantKind(tb testing.TB, err error, want history.Kind, path string) {
	tb.Helper()
	e, ok := errors.AsType[*history.Error](err)
	if !ok {
		tb.Fatalf("got %v, want an error of kind %d", err, want)
	}
	if e.Kind != want || e.Path != path {
		tb.Errorf("got kind %d of %s (%v), want kind %d of %s", e.Kind, e.Path, err, want, path)
	}
}

// year returns what is known of n deployments into 40 environments, one each 90 seconds,
// as a Bamboo gives them. None of them is on a Friday.
func year(n int) *source.Known {
	k := &source.Known{Key: bamboo, FirstRead: noon, Good: noon}
	for i := range 40 {
		k.Environments = append(k.Environments, source.KnownEnvironment{Environment: rules.Environment{
			ID: strconv.Itoa(5000 + i), Name: [...]string{"Test", "QA", "Staging", "Production"}[i%4],
			ProjectID: strconv.Itoa(1000 + i/4), Project: fmt.Sprintf("Project %d", i/4), Exhausted: true,
		}, Read: noon, FirstSeen: noon})
	}
	start := time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)
	for i := range n {
		if start = start.Add(90 * time.Second); start.Add(time.Hour).Weekday() == time.Friday {
			start = start.Add(25 * time.Hour)
		}
		id, e := strconv.Itoa(2_000_000+i), &k.Environments[i%40]
		d := deployed(id, start)
		d.ProjectID, d.Project, d.Environment = e.ProjectID, e.Project, e.Name
		d.Version = fmt.Sprintf("release-%d", i/4)
		e.Deployments = append(e.Deployments, d)
	}
	return filled(k)
}
