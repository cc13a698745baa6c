package main

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/engine"
)

// A clockGuard tells how far this machine's clock can be trusted. A Pi has no battery
// for it: until a time server answers, it starts where it was switched off.
type clockGuard struct {
	floor time.Time // no right clock is before it
	word  func() engine.ClockStatus
}

// newClockGuard returns the guard of this machine; trust says that something else keeps
// its clock right.
func newClockGuard(trust bool) clockGuard {
	if trust {
		return clockGuard{builtAt(), func() engine.ClockStatus { return engine.ClockStatus{State: engine.ClockTrusted} }}
	}
	return clockGuard{builtAt(), host.MachineClock()}
}

// state implements the ClockState of engine.Options.
func (g clockGuard) state(now time.Time) engine.ClockStatus {
	if now.Before(g.floor) {
		return engine.ClockStatus{State: engine.ClockBehind}
	}
	return g.word()
}

// rightClock refuses a clock that cannot be right. Commands do not wait for a time
// server as run does: they go by the clock of the machine on which somebody works.
func rightClock(now time.Time) error {
	if now.Before(builtAt()) {
		return fmt.Errorf("this machine's clock says %s, which is before this program was made: is the time synchronised?", now.Format(time.RFC3339))
	}
	return nil
}
