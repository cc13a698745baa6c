package demo

import (
	"testing"
	"time"
)

// The demo's clock waits for the number to be shown, however long that takes.
func TestDemoClockWaits(t *testing.T) {
	real := time.Date(2026, time.November, 26, 12, 0, 0, 0, time.UTC)
	start := time.Date(2026, time.January, 2, 0, 0, 0, 0, time.UTC)
	after := func(strides float64) time.Time { return start.Add(time.Duration(strides * float64(stride))) }
	c := newClock(func() time.Time { return real }, start, float64(stride)/float64(time.Second))

	for _, step := range []struct {
		name  string
		pass  time.Duration // real
		shown float64       // stride; negative: nothing is
		want  float64       // stride
	}{
		{"runs a stride a second", 500 * time.Millisecond, -1, 0.5},
		{"waits for the first number", 5 * time.Second, -1, 1},
		{"goes on where it stopped", 0, 1, 1},
		{"at a stride a second", 250 * time.Millisecond, -1, 1.25},
		{"waits a stride after the number", 10 * time.Second, -1, 2},
		{"whenever that was shown", 0, 1.5, 2},
		{"and not longer", 3 * time.Second, -1, 2.5},
		{"an older number lets it go no further", time.Second, 0.5, 2.5},
	} {
		real = real.Add(step.pass)
		if step.shown >= 0 {
			c.shown(after(step.shown))
		}
		if got, want := c.Instant(), after(step.want); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", step.name, got, want)
		}
		if got := c.Until(c.Instant().Add(time.Hour)); got <= 0 {
			t.Errorf("%s: Until says %v of what is to come, so the engine would not sleep", step.name, got)
		}
	}
}
