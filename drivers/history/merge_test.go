package history_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// What the server shows and what it forgets, poll by poll.
func TestMerge(t *testing.T) {
	s, _ := fresh(t)
	environments := []rules.Environment{production()}
	for i, c := range []struct {
		name  string
		found []rules.Deployment
		want  history.Change
		known int
	}{
		{"first contact", []rules.Deployment{deployed("1", noon), under("2", noon)}, history.Change{New: []int{0, 1}, Covered: true, Written: true}, 2},
		{"the same", []rules.Deployment{deployed("1", noon), under("2", noon)}, history.Change{}, 2},
		{"it ended", []rules.Deployment{deployed("1", noon), deployed("2", noon)}, history.Change{Changed: []int{1}, Written: true}, 2},
		{"the server forgot", []rules.Deployment{deployed("2", noon)}, history.Change{}, 2},
		{"and shows nothing", nil, history.Change{}, 2},
		{"a final one changed", []rules.Deployment{deployed("2", noon), deployed("1", noon.Add(time.Nanosecond))},
			history.Change{Rewritten: []int{1}, Written: true}, 2},
		{"another", []rules.Deployment{deployed("3", noon), deployed("2", noon)}, history.Change{New: []int{0}, Written: true}, 3},
	} {
		got := merge(t, s, "bamboo", history.Answer{Environments: environments, Deployments: c.found}, noon.Add(time.Duration(i)*time.Minute))
		if diff := cmp.Diff(got, c.want); diff != "" {
			t.Errorf("%s: got, want: %s", c.name, diff)
		}
		if got := len(all(t, s, "bamboo")); got != c.known {
			t.Errorf("%s: got %d known, want %d", c.name, got, c.known)
		}
	}
	got := merge(t, s, "bamboo", history.Answer{Environments: environments, Deployments: []rules.Deployment{deployed("9", noon)}, Replace: true}, noon)
	if diff := cmp.Diff(got, history.Change{New: []int{0}, Forgotten: 3, Written: true}); diff != "" {
		t.Errorf("the whole truth: got, want: %s", diff)
	}
}

// A renamed environment, and one that was deleted and made again, are said once.
func TestRenamed(t *testing.T) {
	s, _ := fresh(t)
	was := production()
	merge(t, s, "bamboo", history.Answer{Environments: []rules.Environment{was}, Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
	now, again, live := was, was, was
	now.Name, again.ID, live.ID, live.Name = "Live", "8", "9", "Live"
	whole := func(e rules.Environment) history.Answer { return history.Answer{Environments: []rules.Environment{e}} }
	part := func(e rules.Environment) history.Answer { return history.Answer{Interrupted: []rules.Environment{e}} }
	for i, c := range []struct {
		answer    history.Answer
		renamed   []history.Renamed
		recreated []history.Recreated
	}{
		{whole(was), nil, nil},
		{whole(again), nil, []history.Recreated{{Was: was, Now: again}}},
		{whole(again), nil, nil},
		{whole(now), []history.Renamed{{ID: "7", Was: was, Now: now}}, nil},
		{whole(now), nil, nil},
		{part(live), nil, []history.Recreated{{Was: now, Now: live}}},
		{part(live), nil, nil},
		{whole(live), nil, nil},
	} {
		got := merge(t, s, "bamboo", c.answer, noon)
		if diff := cmp.Diff(got.Renamed, c.renamed) + cmp.Diff(got.Recreated, c.recreated); diff != "" {
			t.Errorf("%d: got, want: %s", i, diff)
		}
	}
	if got := all(t, s, "bamboo")[0].Environment; got != "Production" {
		t.Errorf("an old deployment is into %s, want the name that it had then", got)
	}
	if got := merge(t, s, "other", history.Answer{Environments: []rules.Environment{was}}, noon); got.Renamed != nil || got.Recreated != nil {
		t.Errorf("another source: %+v", got)
	}
}

// A first reading that is cut off says how far back it came, and no more.
func TestInterrupted(t *testing.T) {
	s, path := fresh(t)
	back := func(days int) []rules.Environment {
		e := production()
		e.CompleteFrom = noon.AddDate(0, 0, -days)
		return []rules.Environment{e}
	}
	found := []rules.Deployment{deployed("1", noon)}
	known, other := s.Known(ctx, "bamboo"), production()
	other.ID, other.Name = "8", "Test"
	for i, c := range []struct {
		name   string
		answer history.Answer
		want   history.Change
		from   time.Time
		ok     bool
	}{
		{"cut off", history.Answer{Interrupted: back(1), Deployments: found}, history.Change{New: []int{0}, Written: true}, noon.AddDate(0, 0, -1), false},
		{"at the same place", history.Answer{Interrupted: back(1), Deployments: found}, history.Change{}, noon.AddDate(0, 0, -1), false},
		{"further back", history.Answer{Interrupted: back(3)}, history.Change{Written: true}, noon.AddDate(0, 0, -3), false},
		{"not read", history.Answer{}, history.Change{}, noon.AddDate(0, 0, -3), false},
		{"the whole truth", history.Answer{Interrupted: back(3), Deployments: found, Replace: true}, history.Change{}, noon.AddDate(0, 0, -3), false},
		{"which lacks it", history.Answer{Deployments: found, Replace: true}, history.Change{Written: true}, time.Time{}, false},
		{"again", history.Answer{Interrupted: back(2)}, history.Change{Written: true}, noon.AddDate(0, 0, -2), false},
		{"whole", history.Answer{Environments: back(9)}, history.Change{Covered: true, Written: true}, noon.AddDate(0, 0, -9), true},
		{"later", history.Answer{Interrupted: back(4)}, history.Change{}, noon.AddDate(0, 0, -9), true},
		{"both", history.Answer{Environments: back(9), Interrupted: back(4)}, history.Change{}, noon.AddDate(0, 0, -9), true},
		{"the whole truth is less", history.Answer{Interrupted: back(4), Deployments: found, Replace: true},
			history.Change{Covered: true, Written: true}, noon.AddDate(0, 0, -4), false},
		{"another", history.Answer{Interrupted: []rules.Environment{other}}, history.Change{Written: true}, noon.AddDate(0, 0, -4), false},
	} {
		got := merge(t, s, "bamboo", c.answer, noon.Add(time.Duration(i)*time.Minute))
		if diff := cmp.Diff(got, c.want); diff != "" {
			t.Errorf("%s: got, want: %s", c.name, diff)
		}
		if from, exhausted, ok := known.Complete("7"); !from.Equal(c.from) || exhausted || ok != c.ok {
			t.Errorf("%s: got %v, %v, %v, want %v, false, %v", c.name, from, exhausted, ok, c.from, c.ok)
		}
		list, err := s.Environments(ctx, "bamboo")
		if covered := len(list) == 1; err != nil || covered != c.ok {
			t.Errorf("%s: got %v, %v, want %v", c.name, list, err, c.ok)
		}
	}
	if err := errors.Join(known.Err(), s.Check(ctx)); err != nil {
		t.Error(err)
	}
	closed(t, s)
	known = openRead(t, path).Known(ctx, "bamboo")
	if from, _, ok := known.Complete("8"); !from.Equal(other.CompleteFrom) || ok {
		t.Errorf("reopened: got %v, %v, want %v", from, ok, other.CompleteFrom)
	}
}

// A year of polls that bring nothing writes once an hour and not more.
func TestFewWrites(t *testing.T) {
	s, path := fresh(t)
	a := history.Answer{Environments: []rules.Environment{production()}, Deployments: []rules.Deployment{deployed("1", noon)}}
	merge(t, s, "bamboo", a, noon)
	writes, was := 0, content(t, path)
	for at := noon; at.Before(noon.Add(24 * time.Hour)); at = at.Add(5 * time.Minute) {
		if a.Failure = ""; at.Minute() == 15 {
			a.Failure = "timeout"
		}
		c := merge(t, s, "bamboo", a, at)
		is := content(t, path)
		if changed := is != was; changed != c.Written {
			t.Fatalf("%s: got written %v, want %v", at, c.Written, changed)
		}
		if was = is; c.Written {
			writes++
		}
		p, err := s.Polls(ctx, "bamboo")
		if got := p.Good; err != nil || a.Failure == "" && !got.Equal(at) {
			t.Fatalf("last good poll: got %v, %v, want %v", got, err, at)
		}
		r, err := openRead(t, path).Polls(ctx, "bamboo")
		if late := at.Sub(r.Good); err != nil || late < 0 || late > 65*time.Minute {
			t.Fatalf("last good poll for others: %v late, %v, want at most an hour", late, err)
		}
	}
	if writes > 24 {
		t.Errorf("got %d writes in a day, want at most 24", writes)
	}
	closed(t, s)
	p, err := openRead(t, path).Polls(ctx, "bamboo")
	want := history.Polls{Good: noon.Add(24*time.Hour - 5*time.Minute), Failed: noon.Add(23*time.Hour + 15*time.Minute), Failure: "timeout"}
	if p != want || err != nil {
		t.Errorf("after closing: got %v, %v, want %v", p, err, want)
	}
}

func content(tb testing.TB, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// A clock that was set back does not keep the marks from being written.
func TestClockSetBack(t *testing.T) {
	s, _ := fresh(t)
	merge(t, s, "bamboo", history.Answer{}, noon)
	if !merge(t, s, "bamboo", history.Answer{}, noon.AddDate(-10, 0, 0)).Written {
		t.Error("the mark stays in the future")
	}
	if merge(t, s, "bamboo", history.Answer{}, noon.AddDate(-10, 0, 0).Add(time.Minute)).Written {
		t.Error("each poll writes")
	}
}

// sequence returns n deployments, and then err unless it is nil.
func sequence(n int, err error) iter.Seq2[rules.Deployment, error] {
	return func(yield func(rules.Deployment, error) bool) {
		for i := range n {
			if !yield(deployed(fmt.Sprint(i), noon), nil) {
				return
			}
		}
		if err != nil {
			yield(rules.Deployment{}, err)
		}
	}
}

func TestImport(t *testing.T) {
	s, _ := fresh(t)
	var steps []int
	got, err := s.Import(ctx, "bamboo", []rules.Environment{production()}, sequence(3000, nil), noon, func(n int) { steps = append(steps, n) })
	if want := (history.Imported{Read: 3000, New: 3000, Covered: true}); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if diff := cmp.Diff(steps, []int{1024, 2048, 3000}); diff != "" {
		t.Errorf("progress: got, want: %s", diff)
	}
	got, err = s.Import(ctx, "bamboo", nil, sequence(3001, nil), noon, nil)
	if want := (history.Imported{Read: 3001, New: 1}); got != want || err != nil {
		t.Errorf("again: got %+v, %v, want %+v", got, err, want)
	}
}

// An import takes all or nothing.
func TestImportRefused(t *testing.T) {
	s, path := fresh(t)
	merge(t, s, "bamboo", history.Answer{Deployments: []rules.Deployment{deployed("1", noon)}}, noon)
	was := content(t, path)
	broken := errors.New("line 5000: no id")
	if _, err := s.Import(ctx, "bamboo", nil, sequence(4999, broken), noon, nil); err != broken {
		t.Errorf("got %v, want %v", err, broken)
	}
	stopping, stop := context.WithCancel(ctx)
	_, err := s.Import(stopping, "bamboo", nil, sequence(1e6, nil), noon, func(n int) {
		if n > 20000 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
	if got := len(all(t, s, "bamboo")); got != 1 {
		t.Errorf("got %d deployments, want 1", got)
	}
	if err := s.Check(ctx); err != nil {
		t.Error(err)
	}
	closed(t, s)
	if content(t, path) != was {
		t.Error("the file is not as it was")
	}
}
