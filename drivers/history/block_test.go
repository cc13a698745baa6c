package history_test

import (
	"cmp"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// TestManyDeployments does with hundreds what TestModel does with a few.
func TestManyDeployments(t *testing.T) {
	if raced {
		if err := flag.Set("rapid.checks", "4"); err != nil {
			t.Fatal(err)
		}
	}
	dir, runs := memory(t), 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		s := openRapid(t, filepath.Join(dir, fmt.Sprint(runs), "history.db"))
		defer func() { s.Close() }()
		known := map[string]rules.Deployment{}
		for range rapid.IntRange(1, 5).Draw(t, "answers") {
			a := drawMany(t)
			if a.Replace {
				clear(known)
			}
			for _, d := range a.Deployments {
				known[d.ID] = d
			}
			if _, err := s.Merge(ctx, "bamboo", a, noon); err != nil {
				t.Fatal(err)
			}
			compareOrdered(t, s, known)
		}
		if err := s.Check(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// drawMany returns an answer of many deployments, which follow each other or not.
func drawMany(t *rapid.T) history.Answer {
	first, n := rapid.IntRange(0, 300).Draw(t, "first"), rapid.IntRange(0, 300).Draw(t, "n")
	apart := rapid.SampledFrom([]int{0, 1, 1, -1, 7919}).Draw(t, "apart")
	var a history.Answer
	for i := range n {
		d := deployed(fmt.Sprint(first+i), noon.Add(time.Duration(first+i*apart%300)*time.Minute))
		if rapid.IntRange(0, 20).Draw(t, "running") == 0 {
			d = under(d.ID, d.Started)
		}
		a.Deployments = append(a.Deployments, d)
	}
	if rapid.Bool().Draw(t, "newest first") {
		slices.Reverse(a.Deployments)
	}
	a.Replace = rapid.IntRange(0, 3).Draw(t, "replace") == 0
	return a
}

// compareOrdered reads forwards and from a place in the middle.
func compareOrdered(t *rapid.T, s *history.Store, known map[string]rules.Deployment) {
	got := map[string]rules.Deployment{}
	var last time.Time
	for row, err := range s.Scan(ctx, "bamboo", history.Filter{Whole: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if at := order(&row.Deployment); !last.IsZero() && at.After(last) {
			t.Fatalf("%v came after %v", row.Deployment, last)
		} else {
			last = at
		}
		got[row.ID] = row.Deployment
	}
	if !maps.Equal(got, known) {
		t.Fatalf("got %d deployments, want %d, or they differ", len(got), len(known))
	}
	compareSince(t, s, known)
	var after history.Cursor
	seen, size := 0, rapid.IntRange(1, 150).Draw(t, "page")
	for {
		page, next, err := s.Page(ctx, "bamboo", history.Filter{}, after, size)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			if d != known[d.ID] {
				t.Fatalf("got %v, want %v", d, known[d.ID])
			}
		}
		seen += len(page)
		if after = next; next.IsZero() {
			break
		}
	}
	if seen != len(known) {
		t.Fatalf("got %d on pages, want %d", seen, len(known))
	}
}

// compareSince counts those since a date that some of them have.
func compareSince(t *rapid.T, s *history.Store, known map[string]rules.Deployment) {
	f := history.Filter{From: noon}
	if len(known) > 0 {
		some := slices.Sorted(maps.Keys(known))
		f.From = known[rapid.SampledFrom(some).Draw(t, "since")].Finished
	}
	var want int64
	for _, d := range known {
		if selects(&f, &d) {
			want++
		}
	}
	if got, err := s.Count(ctx, "bamboo", f); err != nil || got != want {
		t.Fatalf("since %v: got %d, %v, want %d", f.From, got, err, want)
	}
}

// Blocks are full where deployments came in their order, either way, and half
// full at least otherwise.
func TestFullBlocks(t *testing.T) {
	const n = 10_000 // more than are written at once
	full := (n + history.BlockSize - 1) / history.BlockSize
	for _, c := range []struct {
		name string
		less func(a, b rules.Deployment) int
		want int
	}{
		{"oldest first", func(a, b rules.Deployment) int { return a.Started.Compare(b.Started) }, full + 2},
		{"newest first", func(a, b rules.Deployment) int { return b.Started.Compare(a.Started) }, full + 4},
		{"in no order", func(a, b rules.Deployment) int { return cmp.Compare(a.Version, b.Version) }, 2 * full},
	} {
		var found []rules.Deployment
		for i := range n {
			d := deployed(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Minute))
			d.Version = fmt.Sprint(i * 7919 % n)
			found = append(found, d)
		}
		slices.SortFunc(found, c.less)
		s, path := fresh(t)
		merge(t, s, "bamboo", history.Answer{Deployments: found}, noon)
		closed(t, s)
		if got := blocks(t, path); got > c.want {
			t.Errorf("%s: got %d blocks, want at most %d", c.name, got, c.want)
		}
	}
}

// Blocks whose deployments were forgotten are gone.
func TestEmptyBlocks(t *testing.T) {
	s, path := fresh(t)
	var found []rules.Deployment
	for i := range 500 {
		found = append(found, deployed(fmt.Sprint(i), noon.Add(time.Duration(i)*time.Minute)))
	}
	merge(t, s, "bamboo", history.Answer{Deployments: found}, noon)
	merge(t, s, "bamboo", history.Answer{Deployments: found[250:251], Replace: true}, noon)
	closed(t, s)
	if got := blocks(t, path); got != 1 {
		t.Errorf("got %d blocks, want 1", got)
	}
}

// blocks returns how many blocks a history has.
func blocks(t *testing.T, path string) (n int) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM block").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
