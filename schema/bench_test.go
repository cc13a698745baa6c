package schema

import (
	"context"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

func BenchmarkEvaluate(b *testing.B) {
	e, file := newEvaluator(), shipped(b)
	benchmarkChild(b, e, func() error {
		_, err := e.Evaluate(b.Context(), "counter.cue", file)
		return err
	})
}

func BenchmarkPages(b *testing.B) {
	e, file := newEvaluator(), shipped(b)
	live := Live{Streak: Streak{Weeks: 7, Days: 49, Known: true}}
	benchmarkChild(b, e, func() error {
		_, err := e.Pages(b.Context(), "counter.cue", file, live)
		return err
	})
}

// benchmarkChild reports the child's largest resident memory and CPU time too.
func benchmarkChild(b *testing.B, e *Evaluator, ask func() error) {
	var last *exec.Cmd
	command := e.Command
	e.Command = func(ctx context.Context) *exec.Cmd {
		last = command(ctx)
		return last
	}
	var rss int64
	var cpu time.Duration
	for b.Loop() {
		if err := ask(); err != nil {
			b.Fatal(err)
		}
		rss = max(rss, int64(last.ProcessState.SysUsage().(*syscall.Rusage).Maxrss))
		cpu += last.ProcessState.UserTime() + last.ProcessState.SystemTime()
	}
	b.ReportMetric(float64(rss)/1024, "MiB-rss")
	b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// BenchmarkEvaluateHere is the evaluation without a process to start.
func BenchmarkEvaluateHere(b *testing.B) {
	file := shipped(b)
	for b.Loop() {
		if a := evaluate(request{Name: "counter.cue", File: file}); len(a.Diagnostics) > 0 {
			b.Fatal(a.Diagnostics)
		}
	}
}
