package engine

import "time"

// A ClockWord is what a machine says of its clock.
type ClockWord struct {
	State ClockState
	// Stamp is when it noted last that the clock was set, by whichever clock that was;
	// zero: never.
	Stamp time.Time
	// Stamped says that State goes by that alone: it does not hold after a jump of the
	// clock, until there is another stamp.
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
