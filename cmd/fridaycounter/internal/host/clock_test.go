package host

import (
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
)

var builtAt = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func TestClockBeforeTheBuildIsBehind(t *testing.T) {
	for _, trust := range []bool{false, true} {
		if got := ClockState(builtAt, trust)(builtAt.Add(-time.Nanosecond)).State; got != engine.ClockBehind {
			t.Errorf("trusted %t: got %s, want %s", trust, got, engine.ClockBehind)
		}
	}
	if got := ClockState(builtAt, false)(builtAt).State; got != MachineClock().State {
		t.Errorf("at the build: got %s, want what the machine says", got)
	}
}

// The machine that runs the test has a clock that is at least not before the build. Asking
// must not allocate more than a path.
func TestClockStateOfThisMachine(t *testing.T) {
	state := ClockState(builtAt, false)
	now := time.Now()
	if got := state(now).State; got == engine.ClockBehind {
		t.Errorf("got %s at %s", got, now)
	}
	if got := testing.AllocsPerRun(100, func() { state(now) }); got > 1 {
		t.Errorf("got %v allocations, want at most 1", got)
	}
}

func TestTrustedClockIsNotAsked(t *testing.T) {
	if got := ClockState(builtAt, true)(builtAt).State; got != engine.ClockTrusted {
		t.Errorf("got %s, want %s", got, engine.ClockTrusted)
	}
}

func TestCheckClock(t *testing.T) {
	if err := CheckClock(builtAt.Add(-time.Second), builtAt); err == nil || !strings.Contains(err.Error(), "before this program was built") {
		t.Errorf("before the program was built: got %v", err)
	}
	if err := CheckClock(builtAt, builtAt); err != nil {
		t.Errorf("then: got %v", err)
	}
}
