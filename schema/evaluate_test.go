package schema

import "testing"

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
	for b.Loop() {
		if a := evaluate(request{Name: "counter.cue", File: file}); len(a.Diagnostics) > 0 {
			b.Fatal(a.Diagnostics)
		}
	}
}
