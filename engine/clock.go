package engine

import "time"

// A Clock tells the time. A clock that runs faster than real time (the demo's)
// makes the policy's instants pass faster, but not what people watch: blinking
// and scrolling follow the uptime. Its methods may be called from any goroutine.
type Clock interface {
	// Now is the policy's instant, and the real time since the program began.
	Now() (now time.Time, uptime time.Duration)
	// Until is the real time left until the policy's instant t; not positive
	// when it has passed.
	Until(t time.Time) time.Duration
}

// RealClock is the clock of the machine. Its instants carry no monotonic
// reading, so that a step of the machine's clock is seen at once.
type RealClock struct {
	now   func() time.Time
	start time.Time
}

// NewRealClock returns a clock that reads now, in practice time.Now.
func NewRealClock(now func() time.Time) *RealClock { return &RealClock{now, now()} }

// Now implements [Clock].
func (c *RealClock) Now() (time.Time, time.Duration) {
	t := c.now()
	return t.Round(0), t.Sub(c.start)
}

// Until implements [Clock].
func (c *RealClock) Until(t time.Time) time.Duration { return t.Sub(c.now().Round(0)) }

// A ClockStatus is what a machine says of its clock.
type ClockStatus struct {
	State ClockState
	// Stamp is when the machine last noted that its clock was set, read from that clock;
	// zero: never.
	Stamp time.Time
	// Stamped says that State comes from the stamp alone. After a jump of the clock it does
	// not hold until there is another stamp.
	Stamped bool
}

// A ClockState says how far the machine's clock can be trusted.
type ClockState string

// The states.
const (
	// ClockTrusted is a clock that was set by a time server.
	ClockTrusted ClockState = "trusted"
	// ClockUnsynchronised is one that nothing has set since the machine started.
	ClockUnsynchronised ClockState = "unsynchronised"
	// ClockBehind is one that reads earlier than it can be.
	ClockBehind ClockState = "behind"
)
