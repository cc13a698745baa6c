package host

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

// ClockState returns the ClockState of engine.Options for this machine, on which no right clock
// reads earlier than builtAt, when the program was built. A Pi has no battery for its clock:
// until a time server answers, it starts where it was switched off. With trust something else
// keeps the clock right.
func ClockState(builtAt time.Time, trust bool) func(now time.Time) engine.ClockStatus {
	return func(now time.Time) engine.ClockStatus {
		switch {
		case now.Before(builtAt):
			return engine.ClockStatus{State: engine.ClockBehind}
		case trust:
			return engine.ClockStatus{State: engine.ClockTrusted}
		}
		return MachineClock()
	}
}

// CheckClock refuses a clock that cannot be right. Commands do not wait for a time server as
// run does: they go by the clock of the machine on which somebody works.
func CheckClock(now, builtAt time.Time) error {
	if now.Before(builtAt) {
		return fmt.Errorf("this machine's clock says %s, which is before this program was built (hint: is the time synchronised?)",
			now.Format(time.RFC3339))
	}
	return nil
}
