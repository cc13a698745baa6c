package main

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

func TestClockGuard(t *testing.T) {
	floor := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		now  time.Time
		said engine.ClockState
		want engine.ClockState
	}{
		{"before the build, synchronised", floor.Add(-time.Nanosecond), engine.ClockTrusted, engine.ClockBehind},
		{"before the build, unsynchronised", time.Unix(0, 0), engine.ClockUnsynchronised, engine.ClockBehind},
		{"at the build, synchronised", floor, engine.ClockTrusted, engine.ClockTrusted},
		{"after the build, unsynchronised", floor.Add(time.Hour), engine.ClockUnsynchronised, engine.ClockUnsynchronised},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := clockGuard{floor, func() engine.ClockStatus { return engine.ClockStatus{State: c.said} }}
			if got := g.state(c.now).State; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestClockGuardHere asks the machine that runs the test, whose clock is at least not
// before the build. It must not allocate more than a path.
func TestClockGuardHere(t *testing.T) {
	g := newClockGuard(false)
	now := time.Now()
	if got := g.state(now).State; got == engine.ClockBehind {
		t.Errorf("got %s at %s", got, now)
	}
	if got := testing.AllocsPerRun(100, func() { g.state(now) }); got > 1 {
		t.Errorf("got %v allocations, want at most 1", got)
	}
}
