package history_test

import (
	"cmp"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// year returns n deployments into 40 environments, one each 90 seconds, as a
// Bamboo gives them, the oldest first. None of them is on a Friday.
func year(n int) iter.Seq2[rules.Deployment, error] {
	return func(yield func(rules.Deployment, error) bool) {
		start := time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)
		for i := range n {
			if start = start.Add(90 * time.Second); start.Add(time.Hour).Weekday() == time.Friday {
				start = start.Add(25 * time.Hour)
			}
			id, environment := strconv.Itoa(2_000_000+i), i%40
			d := rules.Deployment{
				ID:        id,
				ProjectID: strconv.Itoa(1000 + environment/4), Project: fmt.Sprintf("Project %d", environment/4),
				EnvironmentID: strconv.Itoa(5000 + environment), Environment: [...]string{"Test", "QA", "Staging", "Production"}[environment%4],
				Version: fmt.Sprintf("release-%d", i/4),
				URL:     "https://bamboo.example.com/deploy/viewDeploymentResult.action?deploymentResultId=" + id,
				Started: start, Executed: start.Add(2 * time.Second), Finished: start.Add(5 * time.Minute),
				State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
			}
			if !yield(d, nil) {
				return
			}
		}
	}
}

// filled returns the path of a history of n deployments.
func filled(tb testing.TB, n int) string {
	path := filepath.Join(tb.TempDir(), "history.db")
	s := open(tb, path)
	if _, err := s.Import(ctx, "bamboo", nil, year(n), time.Unix(1e9, 0), nil); err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

var sizes = []int{1e3, 1e4, 1e5, 1e6}

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

// What a start takes: open, read all, and judge each by one rule.
func BenchmarkOpenAndJudge(b *testing.B) {
	judge := rules.NewJudge(rules.Rule{
		Name:   "no-friday-deploys",
		Forbid: []rules.Window{{Weekdays: rules.WeekdaySet(time.Friday)}},
	}, time.UTC)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			path := filled(b, n)
			b.ReportAllocs()
			for b.Loop() {
				s := open(b, path)
				read := 0
				for row, err := range s.Scan(ctx, "bamboo", history.Filter{}) {
					if err != nil {
						b.Fatal(err)
					}
					if _, broke := judge.Breach(&row.Deployment, now); broke {
						b.Fatalf("a breach: %v", row.Deployment)
					}
					read++
				}
				if read != n {
					b.Fatalf("read: got %d, want %d", read, n)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(resident(), "MiB")
		})
	}
}

// What reading everything takes, with Version and URL, at once and row by row.
func BenchmarkText(b *testing.B) {
	for _, n := range sizes {
		path := filled(b, n)
		s := openRead(b, path)
		for _, whole := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/whole=%v", n, whole), func(b *testing.B) {
				for b.Loop() {
					for row, err := range s.Scan(ctx, "bamboo", history.Filter{Whole: whole}) {
						if err == nil {
							err = row.Load()
						}
						if err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(resident(), "MiB")
			})
		}
	}
}

// What the first poll takes: each environment's deployments, the newest first.
func BenchmarkFirstContact(b *testing.B) {
	const n = 20_000
	var found []rules.Deployment
	for d := range year(n) {
		found = append(found, d)
	}
	slices.Reverse(found)
	slices.SortStableFunc(found, func(a, b rules.Deployment) int { return cmp.Compare(a.EnvironmentID, b.EnvironmentID) })
	for b.Loop() {
		s, _ := fresh(b)
		if c := merge(b, s, "bamboo", history.Answer{Deployments: found}, noon); len(c.New) != n {
			b.Fatalf("new: got %d, want %d", len(c.New), n)
		}
		closed(b, s)
	}
}

// What history import takes of what is new, oldest first.
func BenchmarkImport(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				s, _ := fresh(b)
				if _, err := s.Import(ctx, "bamboo", nil, year(n), noon, nil); err != nil {
					b.Fatal(err)
				}
				closed(b, s)
			}
			b.ReportMetric(resident(), "MiB")
		})
	}
}

// What a poll takes that brings one deployment more, without fsync's share where
// the directory is in memory.
func BenchmarkMergeOne(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := open(b, filled(b, n))
			environment := rules.Environment{ID: "5000", Name: "Test", ProjectID: "1000", Project: "Project 0", CompleteFrom: noon}
			merge(b, s, "bamboo", history.Answer{Environments: []rules.Environment{environment}}, noon)
			next := 0
			for b.Loop() {
				next++
				d := deployed(strconv.Itoa(next), noon.Add(time.Duration(next)*time.Minute))
				d.EnvironmentID = "5000"
				c := merge(b, s, "bamboo", history.Answer{Environments: []rules.Environment{environment}, Deployments: []rules.Deployment{d}}, noon)
				if len(c.New) != 1 {
					b.Fatalf("new: got %d, want 1", len(c.New))
				}
			}
			b.ReportMetric(resident(), "MiB")
			closed(b, s)
		})
	}
}

// What a steady poll takes, which brings a page of what is known.
func BenchmarkMergeNothing(b *testing.B) {
	s, _ := fresh(b)
	var page []rules.Deployment
	for d := range year(25) {
		page = append(page, d)
	}
	merge(b, s, "bamboo", history.Answer{Deployments: page}, noon)
	for b.Loop() {
		if merge(b, s, "bamboo", history.Answer{Deployments: page}, noon).Written {
			b.Fatal("it was written")
		}
	}
}

// What history check takes.
func BenchmarkCheck(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s := open(b, filled(b, n))
			for b.Loop() {
				if err := s.Check(ctx); err != nil {
					b.Fatal(err)
				}
			}
			closed(b, s)
		})
	}
}

// What one question of a poll takes; a page has 25.
func BenchmarkFinal(b *testing.B) {
	s := open(b, filled(b, 1e5))
	known := s.Known(ctx, "bamboo")
	for b.Loop() {
		if !known.Final("5000", "2000040") {
			b.Fatalf("it is not known: %v", known.Err())
		}
	}
	closed(b, s)
}
