package history_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
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
	if _, err := s.Import(context.Background(), "bamboo", nil, year(n), time.Unix(1e9, 0), nil); err != nil {
		tb.Fatal(err)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

func open(tb testing.TB, path string) *history.Store {
	tb.Helper()
	s, err := history.Open(context.Background(), path, history.Opts{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
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
				for row, err := range s.Scan(context.Background(), "bamboo", history.Filter{}) {
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
