package engine

import "time"

// A ClockWord is what a machine says of its clock.
type ClockWord struct {
	State ClockState
	// Since is when it said so, where that is not now but once, by any clock: of what was
	// said before the clock jumped, nothing holds after it. Zero: it says so now.
	Since time.Time
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
