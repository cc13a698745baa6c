package main

import (
	"sync"
	"time"
)

// demoStride is how far the demo's clock goes beyond the last number that was shown:
// less than a week, even than one of 167 hours.
const demoStride = 6 * 24 * time.Hour

// demoClock is an engine.Clock that begins at an instant of the demo's history
// and runs faster than real time until it is slowed down. It stops
// demoStride after the last number that was shown, so that a machine with other
// things to do shows each week all the same.
type demoClock struct {
	real  func() time.Time
	start time.Time // of the program, real

	mu    sync.Mutex
	from  time.Time // the policy's instant at began
	began time.Time // real
	speed float64   // policy's seconds in a real one
	limit time.Time // the policy's instant where it stops
}

func newDemoClock(real func() time.Time, from time.Time, speed float64) *demoClock {
	now := real()
	return &demoClock{real: real, start: now, from: from, began: now, speed: speed, limit: from.Add(demoStride)}
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
	at := c.from.Add(time.Duration(float64(real.Sub(c.began)) * c.speed))
	if at.After(c.limit) {
		return c.limit
	}
	return at
}

// shown lets the clock go on to demoStride after at, the instant of a number that
// people now see.
func (c *demoClock) shown(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	c.from, c.began = c.at(real), real
	if limit := at.Add(demoStride); limit.After(c.limit) {
		c.limit = limit
	}
}

func (c *demoClock) slow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	c.from, c.began, c.speed = c.at(real), real, 1
}
