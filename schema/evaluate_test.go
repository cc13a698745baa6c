package schema

import (
	"syscall"
	"testing"
	"time"
)

func TestShipped(t *testing.T) {
	c, err := newEvaluator().Evaluate(t.Context(), "counter.cue", shipped(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", c)
}

func BenchmarkEvaluate(b *testing.B) {
	e, file := newEvaluator(), shipped(b)
	for b.Loop() {
		if _, err := e.Evaluate(b.Context(), "counter.cue", file); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvaluateHere is the evaluation without a process to start.
func BenchmarkEvaluateHere(b *testing.B) {
	file := shipped(b)
	before := cpu()
	defer func() { b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N)/1000, "cpu-ms/op") }()
	for b.Loop() {
		if a := evaluate(request{Name: "counter.cue", File: file}); len(a.Diagnostics) > 0 {
			b.Fatal(a.Diagnostics)
		}
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
