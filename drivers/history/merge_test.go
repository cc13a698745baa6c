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
	now, again := was, was
	now.Name, again.ID = "Live", "8"
	for i, c := range []struct {
		environment rules.Environment
		renamed     []history.Renamed
		recreated   []history.Recreated
	}{
		{was, nil, nil},
		{again, nil, []history.Recreated{{Was: was, Now: again}}},
		{again, nil, nil},
		{now, []history.Renamed{{ID: "7", Was: was, Now: now}}, nil},
		{now, nil, nil},
	} {
		got := merge(t, s, "bamboo", history.Answer{Environments: []rules.Environment{c.environment}}, noon)
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
