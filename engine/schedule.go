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
	from  time.Time // holds from
	until time.Time // holds before; zero: always
}

// defaultLevel lights the glass before any file was accepted.
const defaultLevel led.Level = 8

// at returns the schedule at an instant. It is worked out only where it may have changed,
// because that takes 3 µs and 12 allocations, and each turn of the loop needs it several times.
func (p *activePolicy) at(now time.Time) schedule {
	if s := p.schedule; !s.from.IsZero() && !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until)) {
		return s
	}
	s := schedule{from: now}
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
	p.schedule = s
	return s
}
