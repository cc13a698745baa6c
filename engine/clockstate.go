package engine

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
