package engine

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
)

// schedule is which entries of poll and brightness match at an instant.
type schedule struct {
	every time.Duration
	level led.Level
	quiet bool      // a window has made it darker than the last entry, or it is off
	until time.Time // holds before; zero: always
}

// defaultLevel lights the glass before any file was accepted.
const defaultLevel led.Level = 8

// at returns the schedule at an instant. Without a policy it is that of a glass on which
// nothing is known.
func (p *activePolicy) at(now time.Time) schedule {
	if p == nil {
		return schedule{level: defaultLevel}
	}
	var s schedule
	during := func(ws []rules.Window) bool { // no windows always match, as in the last entries
		if ws == nil {
			return true
		}
		in, until := rules.MatchWindows(ws, p.Zone, now)
		s.until = soonest(s.until, until)
		return in
	}
	for _, e := range slices.Backward(p.Config.Poll) {
		if during(e.During) {
			s.every = e.Every
		}
	}
	for _, b := range slices.Backward(p.Config.Brightness) {
		if during(b.During) {
			s.level = b.Level
		}
	}
	s.quiet = s.level == led.Off || s.level < p.Config.Brightness[len(p.Config.Brightness)-1].Level
	return s
}
