package history_test

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

var ctx = context.Background()

// noon is the instant of the tests that need only one.
var noon = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)

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

func merge(tb testing.TB, s *history.Store, source string, a history.Answer, at time.Time) history.Change {
	tb.Helper()
	c, err := s.Merge(ctx, source, a, at)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// production is an environment that is known since a year.
func production() rules.Environment {
	return rules.Environment{ID: "7", Name: "Production", ProjectID: "1", Project: "Shop", CompleteFrom: noon.AddDate(-1, 0, 0)}
}

// cutOff is an environment whose first reading was cut off.
func cutOff() []rules.Environment {
	return []rules.Environment{{ID: "8", Name: "Test", ProjectID: "1", Project: "Shop", CompleteFrom: noon.AddDate(0, -1, 0)}}
}

// deployed returns a deployment into production that took five minutes.
func deployed(id string, at time.Time) rules.Deployment {
	return rules.Deployment{
		ID: id, ProjectID: "1", Project: "Shop", EnvironmentID: "7", Environment: "Production",
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

// all reads the deployments of a source, whole and sorted by environment and id.
func all(tb testing.TB, s *history.Store, source string) []rules.Deployment {
	tb.Helper()
	list, err := readAll(s, source)
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

func readAll(s *history.Store, source string) ([]rules.Deployment, error) {
	var list []rules.Deployment
	for row, err := range s.Scan(ctx, source, history.Filter{}) {
		if err == nil {
			err = row.Load()
		}
		if err != nil {
			return nil, err
		}
		list = append(list, row.Deployment)
	}
	sorted(list)
	return list, nil
}

func sorted(list []rules.Deployment) []rules.Deployment {
	slices.SortFunc(list, func(a, b rules.Deployment) int {
		return cmp.Or(cmp.Compare(a.EnvironmentID, b.EnvironmentID), cmp.Compare(a.ID, b.ID))
	})
	return list
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
