package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
)

// schedule is which entries of poll and brightness match, from one edge of
// their windows to the next.
type schedule struct {
	every time.Duration
	level led.Level
	quiet bool      // a window has made it darker than the last entry, or it is off
	from  time.Time // worked out at
	until time.Time // holds before; zero: always
}

// defaultLevel lights the glass before any file was accepted.
const defaultLevel led.Level = 8

// at returns the schedule at an instant.
func (p *policy) at(now time.Time) schedule {
	s := p.now
	if !s.from.IsZero() && !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until)) {
		return s
	}
	s = schedule{from: now}
	// The last entries have no during, so each loop finds one.
	for i := len(p.config.Poll) - 1; i >= 0; i-- {
		e := p.config.Poll[i]
		if p.during(e.During, now, &s.until) {
			s.every = e.Every
		}
	}
	for i := len(p.config.Brightness) - 1; i >= 0; i-- {
		b := p.config.Brightness[i]
		if p.during(b.During, now, &s.until) {
			s.level = b.Level
		}
	}
	s.quiet = s.level == led.Off || s.level < p.config.Brightness[len(p.config.Brightness)-1].Level
	p.now = s
	return s
}

// during reports whether windows match, and brings until forward to where that
// may change. No windows always match.
func (p *policy) during(ws []rules.Window, now time.Time, until *time.Time) bool {
	if ws == nil {
		return true
	}
	*until = soonest(*until, rules.NextEdge(ws, p.court.zone, now))
	return rules.MatchWindows(ws, p.court.zone, now)
}
