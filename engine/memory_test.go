package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

var y2k = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// production is an environment of the tests, complete from the first of a month of 1999.
func production(id, name string, month time.Month) rules.Environment {
	return rules.Environment{ID: id, Name: name, Project: "shop", CompleteFrom: time.Date(1999, month, 1, 0, 0, 0, 0, time.UTC)}
}

func TestMemoryNotes(t *testing.T) {
	for _, c := range []struct {
		name string
		next rules.Environment
		want string
	}{
		{"the same", production("1", "Production", 1), ""},
		{"longer known", production("1", "Production", 2), ""},
		{"renamed", production("1", "Live", 1), "environment shop/Production (id 1) is now shop/Live"},
		{"made anew", production("2", "Production", 1), "environment shop/Production was made anew: its id was 1 and is 2; the results of both count"},
		{"another", production("2", "Staging", 1), ""},
	} {
		var m Memory
		if _, err := m.Merge(t.Context(), "s", Answer{Environments: []rules.Environment{production("1", "Production", 1)}}, nil, y2k); err != nil {
			t.Fatal(err)
		}
		merged, err := m.Merge(t.Context(), "s", Answer{Environments: []rules.Environment{c.next}}, nil, y2k)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range merged.Notes {
			got += n.Text
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// flakyDisk is a store that fails when it is told to.
type flakyDisk struct {
	Memory
	failing           sync.Mutex
	mergeErr, readErr error
}

func (f *flakyDisk) setMerge(err error) {
	f.failing.Lock()
	defer f.failing.Unlock()
	f.mergeErr = err
}

func (f *flakyDisk) setRead(err error) {
	f.failing.Lock()
	defer f.failing.Unlock()
	f.readErr = err
}

func (f *flakyDisk) errors() (merge, read error) {
	f.failing.Lock()
	defer f.failing.Unlock()
	return f.mergeErr, f.readErr
}

func (f *flakyDisk) Merge(ctx context.Context, source string, a Answer, failure error, at time.Time) (Merged, error) {
	if err, _ := f.errors(); err != nil {
		return Merged{}, err
	}
	return f.Memory.Merge(ctx, source, a, failure, at)
}

func (f *flakyDisk) Coverage(ctx context.Context, source string) (Coverage, error) {
	if _, err := f.errors(); err != nil {
		return Coverage{}, err
	}
	return f.Memory.Coverage(ctx, source)
}

// everything reads all that a store says of a source, in an order of its own.
func everything(t rapid.TB, s Store, source string, environments, ids []string) any {
	ctx := context.Background()
	c, err := s.Coverage(ctx, source)
	if err != nil {
		t.Fatal(err)
	}
	all := map[resultKey]rules.Deployment{}
	err = s.Each(ctx, source, func(d *rules.Deployment, load func() error) error {
		if err := load(); err != nil {
			return err
		}
		if _, ok := all[keyOf(d)]; ok {
			t.Fatalf("deployment %s of %s came twice", d.ID, d.EnvironmentID)
		}
		all[keyOf(d)] = *d
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	type known struct {
		From          time.Time
		Exhausted, Ok bool
		Active, Final []string
	}
	said := map[string]known{}
	k := s.Known(ctx, source)
	for _, e := range environments {
		var one known
		one.From, one.Exhausted, one.Ok = k.Complete(e)
		one.Active = k.Active(e)
		slices.Sort(one.Active)
		if len(one.Active) == 0 {
			one.Active = nil
		}
		for _, id := range ids {
			if k.Final(e, id) {
				one.Final = append(one.Final, id)
			}
			d, ok, err := s.Deployment(ctx, source, e, id)
			if err != nil {
				t.Fatal(err)
			}
			if listed, there := all[resultKey{e, id}]; ok != there || ok && d != listed {
				t.Fatalf("deployment %s of %s: got %v, %v, want %v, %v", id, e, d, ok, listed, there)
			}
		}
		said[e] = one
	}
	slices.SortFunc(c.Environments, func(a, b rules.Environment) int { return strings.Compare(a.ID, b.ID) })
	return struct {
		Coverage Coverage
		All      map[resultKey]rules.Deployment
		Said     map[string]known
	}{c, all, said}
}

// A Spare over a disk that fails now and then says what a Memory says that never
// fails, and so does the disk itself after the first merge that it takes.
func TestSpareIsAMemory(t *testing.T) {
	environments, ids := []string{"1", "2", "3"}, []string{"10", "11", "12", "13"}
	rapid.Check(t, func(t *rapid.T) {
		disk := &flakyDisk{}
		spare, want := NewSpare(disk), &Memory{}
		at := y2k
		for range rapid.IntRange(1, 12).Draw(t, "polls") {
			at = at.Add(time.Hour)
			a := drawAnswer(t, environments, ids, at)
			var failure error
			if rapid.Bool().Draw(t, "failed") {
				failure = errors.New("502")
			}
			disk.mergeErr = nil
			if rapid.Bool().Draw(t, "full") {
				disk.mergeErr = errors.New("no space left")
			}
			_, err := spare.Merge(context.Background(), "s", a, failure, at)
			if _, unsaved := errors.AsType[*UnsavedError](err); unsaved != (disk.mergeErr != nil) {
				t.Fatalf("merge: got %v, disk says %v", err, disk.mergeErr)
			}
			if _, err := want.Merge(context.Background(), "s", a, failure, at); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(everything(t, want, "s", environments, ids), everything(t, spare, "s", environments, ids), cmp.AllowUnexported(resultKey{})); diff != "" {
				t.Fatalf("spare (-memory +spare):\n%s", diff)
			}
			if disk.mergeErr == nil {
				if diff := cmp.Diff(everything(t, want, "s", environments, ids), everything(t, disk, "s", environments, ids), cmp.AllowUnexported(resultKey{})); diff != "" {
					t.Fatalf("disk (-memory +disk):\n%s", diff)
				}
			}
		}
	})
}

func drawAnswer(t *rapid.T, environments, ids []string, at time.Time) Answer {
	var a Answer
	for _, id := range environments {
		e := production(id, "Environment "+id, time.Month(rapid.IntRange(1, 12).Draw(t, "month")))
		switch rapid.IntRange(0, 3).Draw(t, "listed") {
		case 0:
			a.Environments = append(a.Environments, e)
		case 1:
			a.Interrupted = append(a.Interrupted, e)
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "deployments") {
		d := deployed(rapid.SampledFrom(ids).Draw(t, "id"), at)
		d.EnvironmentID = rapid.SampledFrom(environments).Draw(t, "environment")
		if rapid.Bool().Draw(t, "running") {
			d.Finished, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleInProgress
		}
		a.Deployments = append(a.Deployments, d)
	}
	return a
}
