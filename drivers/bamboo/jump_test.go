package bamboo

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

// find returns how many pages of n it takes to come to the edge in a list of
// starts, newest first.
func find(starts []time.Time, edge time.Time, n int) (pages int) {
	j := jump{edge: edge, newest: starts[0]}
	for start := 0; pages < len(starts); {
		pages++
		end := min(start+n, len(starts))
		switch {
		case start >= len(starts):
			start = j.shorten(time.Time{})
		case !starts[start].After(edge) && j.flying:
			start = j.shorten(starts[start])
		case end == len(starts) || !starts[end-1].After(edge):
			return pages
		default:
			start = j.ahead(start, end-start, starts[end-1])
		}
	}
	return pages
}

// hourly returns n starts, an hour apart.
func hourly(n int) (all []time.Time) {
	for i := range n {
		all = append(all, noon.Add(-time.Duration(i)*time.Hour))
	}
	return all
}

func TestJump(t *testing.T) {
	for _, test := range []struct{ results, known, page, want int }{
		{1000, 10, 25, 1},
		{1000, 100, 25, 2},
		{1000, 1000, 25, 3},
		{10000, 1000, 25, 3},
		{10000, 5000, 25, 5},
		{10000, 9999, 25, 4},
		{10000, 9999, 100, 6},
		{1000000, 500000, 25, 7},
		{100000, 50000, 1, 15},
	} {
		starts := hourly(test.results)
		if got := find(starts, starts[test.known-1], test.page); got != test.want {
			t.Errorf("%d of %d in pages of %d: got %d pages, want %d", test.known, test.results, test.page, got, test.want)
		}
	}
}

// Property: however a team deploys, the pages to find a place grow as the logarithm
// of those before it does, or its square at the worst.
func TestJumpFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		pause := rapid.SampledFrom([]func(i int) float64{
			func(int) float64 { return random.ExpFloat64() },
			func(i int) float64 { return float64(i) * random.Float64() },        // more and more often
			func(i int) float64 { return 1 / float64(i+1) },                     // less and less often
			func(int) float64 { return math.Pow(random.Float64()+1e-9, -1.5) },  // in bursts
			func(int) float64 { return math.Floor(random.ExpFloat64()) },        // many at once
			func(i int) float64 { return float64(i/1000%2) * random.Float64() }, // in seasons
		}).Draw(t, "pause")
		starts := hourly(1)
		for i := range rapid.SampledFrom([]int{100, 1000, 20000}).Draw(t, "results") {
			starts = append(starts, starts[i].Add(-time.Duration(pause(i)*float64(time.Minute))))
		}
		known := rapid.IntRange(1, len(starts)).Draw(t, "known")
		page := rapid.SampledFrom([]int{1, 2, 25, 100}).Draw(t, "page")
		log := 2 + math.Log2(float64(known)/float64(page)+1)
		if got, most := find(starts, starts[known-1], page), int(log*log); got > most {
			t.Errorf("got %d pages to find %d in pages of %d, want %d at most", got, known, page, most)
		}
	})
}

// A page that was jumped to counts only if it begins in the known stretch, below
// what was read.
func TestLands(t *testing.T) {
	m := newMemory()
	m.deployments["7/1"] = rules.Deployment{ID: "1", EnvironmentID: "7", LifeCycle: rules.LifeCycleFinished}
	r := &reading{
		poll: &poll{known: m}, env: rules.Environment{ID: "7"}, active: map[string]bool{"2": true},
		last: noon.Add(-10 * time.Hour), jump: jump{edge: noon.Add(-100 * time.Hour)},
	}
	for _, test := range []struct {
		id    wireID
		hours int // ago
		want  bool
	}{{1, 9, false}, {1, 10, true}, {1, 50, true}, {1, 99, true}, {1, 100, false}, {1, 101, false}, {2, 50, true}, {3, 50, false}} {
		page := []wireResult{{ID: test.id, Started: wireDate{at: noon.Add(-time.Duration(test.hours) * time.Hour)}}}
		if got := r.lands(page); got != test.want {
			t.Errorf("result %d of %d hours ago: got %v, want %v", test.id, test.hours, got, test.want)
		}
	}
	if r.lands([]wireResult{{ID: 1}}) || r.lands(nil) {
		t.Error("a page without a start lands")
	}
}
