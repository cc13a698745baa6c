package history_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

var sizes = []int{1_000, 20_000, 100_000}

// stored returns the path of a history of n deployments.
func stored(tb testing.TB, n int) string {
	path := filepath.Join(tb.TempDir(), "history.db")
	s, k := open(tb, path), year(n)
	saved(tb, s, k, everything(k))
	closed(tb, s)
	return path
}

// resident returns the process's peak memory in MiB; 0 where it is not known.
func resident() float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(b), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(line + " 0 ")[0])
	if err != nil {
		return 0
	}
	return float64(kb) / 1024
}

// What a start takes of the history: open and load all.
func BenchmarkLoad(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			path := stored(b, n)
			b.ReportAllocs()
			for b.Loop() {
				s := open(b, path)
				k := load(b, s, bamboo)
				got := 0
				for i := range k.Environments {
					got += len(k.Environments[i].Deployments)
				}
				if got != n {
					b.Fatalf("got %d deployments, want %d", got, n)
				}
				closed(b, s)
			}
			b.ReportMetric(resident(), "MiB")
		})
	}
}

// What a first reading or an import takes at once.
func BenchmarkSaveAll(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			k := year(n)
			c := everything(k)
			for b.Loop() {
				s, _ := fresh(b)
				saved(b, s, k, c)
				closed(b, s)
			}
		})
	}
}

// What a poll takes that brings one deployment more, without fsync's share where
// the directory is in memory.
func BenchmarkSaveOne(b *testing.B) {
	s, _ := fresh(b)
	k := year(20_000)
	saved(b, s, k, everything(k))
	next := 0
	for b.Loop() {
		next++
		d := deployed(strconv.Itoa(next), noon.Add(time.Duration(next)*time.Minute))
		d.EnvironmentID = "5000"
		saved(b, s, k, source.Changes{Key: bamboo, Runs: []rules.Deployment{d}})
	}
}

// What a steady poll takes, which brings nothing new.
func BenchmarkSaveNothing(b *testing.B) {
	s, _ := fresh(b)
	k := year(1000)
	saved(b, s, k, everything(k))
	for b.Loop() {
		saved(b, s, k, source.Changes{Key: bamboo})
	}
}

// What history check takes.
func BenchmarkCheck(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := open(b, stored(b, n))
			for b.Loop() {
				if err := s.Check(ctx); err != nil {
					b.Fatal(err)
				}
			}
			closed(b, s)
		})
	}
}
