package main

import (
	"sync"
	"time"
)

// demoClock is an engine.Clock that begins at an instant of the demo's history
// and runs faster than real time until it is slowed down.
type demoClock struct {
	real  func() time.Time
	start time.Time // of the program, real

	mu    sync.Mutex
	from  time.Time // the policy's instant at began
	began time.Time // real
	speed float64   // policy's seconds in a real one
}

func newDemoClock(real func() time.Time, from time.Time, speed float64) *demoClock {
	now := real()
	return &demoClock{real: real, start: now, from: from, began: now, speed: speed}
}

// Now implements engine.Clock.
func (c *demoClock) Now() (time.Time, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	return c.at(real), real.Sub(c.start)
}

// Instant is the policy's instant.
func (c *demoClock) Instant() time.Time {
	now, _ := c.Now()
	return now
}

// Until implements engine.Clock.
func (c *demoClock) Until(t time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := t.Sub(c.at(c.real()))
	// A tenth of a millisecond more, since rounding down would wake too early.
	return time.Duration(float64(left)/c.speed) + 100*time.Microsecond
}

func (c *demoClock) at(real time.Time) time.Time {
	return c.from.Add(time.Duration(float64(real.Sub(c.began)) * c.speed))
}

// slow goes on at real time.
func (c *demoClock) slow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	c.from, c.began, c.speed = c.at(real), real, 1
}
