package demo

import (
	"sync"
	"time"
)

// stride is how far the demo's clock goes beyond the last number that was shown:
// less than a week, even than one of 167 hours.
const stride = 6 * 24 * time.Hour

// clock is an engine.Clock that begins at an instant of the demo's history
// and runs faster than real time until it is slowed down. It stops
// stride after the last number that was shown, so that a machine with other
// things to do shows each week all the same.
type clock struct {
	real  func() time.Time
	start time.Time // of the program, real

	mu    sync.Mutex
	from  time.Time // the policy's instant at began
	began time.Time // real
	speed float64   // policy's seconds in a real one
	limit time.Time // the policy's instant where it stops
}

func newClock(real func() time.Time, from time.Time, speed float64) *clock {
	now := real()
	return &clock{real: real, start: now, from: from, began: now, speed: speed, limit: from.Add(stride)}
}

// Now implements engine.Clock.
func (c *clock) Now() (time.Time, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	return c.at(real), real.Sub(c.start)
}

// Instant is the policy's instant.
func (c *clock) Instant() time.Time {
	now, _ := c.Now()
	return now
}

// Until implements engine.Clock.
func (c *clock) Until(t time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := t.Sub(c.at(c.real()))
	// A tenth of a millisecond more, since rounding down would wake too early.
	return time.Duration(float64(left)/c.speed) + 100*time.Microsecond
}

func (c *clock) at(real time.Time) time.Time {
	at := c.from.Add(time.Duration(float64(real.Sub(c.began)) * c.speed))
	if at.After(c.limit) {
		return c.limit
	}
	return at
}

// shown lets the clock go on to stride after at, the instant of a number that
// people now see.
func (c *clock) shown(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	c.from, c.began = c.at(real), real
	if limit := at.Add(stride); limit.After(c.limit) {
		c.limit = limit
	}
}

func (c *clock) slow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	real := c.real()
	c.from, c.began, c.speed = c.at(real), real, 1
}
