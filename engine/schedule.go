package engine

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// activePolicy is an accepted counter.cue. Only its pages, its schedule and its origin
// change after it is made.
type activePolicy struct {
	*Policy
	file   []byte
	origin origin

	now schedule

	pages        []schema.Page // for live
	live         schema.Live
	pagesErr     error // why the pages cannot be shown: the bare number stands for them
	withoutPages bool  // they are not computed yet: the bare number stands for them
}

// newPolicy prepares everything that can go wrong before anything is changed.
func (l *loop) newPolicy(config *schema.Config, file []byte, origin origin) (*activePolicy, error) {
	p, err := NewPolicy(config, filepath.Dir(l.o.Name))
	if err != nil {
		return nil, err
	}
	return &activePolicy{Policy: p, file: file, origin: origin}, nil
}

// reads reports whether there is a policy and it reads a source.
func (p *activePolicy) reads(key source.Key) bool { return p != nil && slices.Contains(p.Keys(), key) }

// showsNumber reports whether the pages were computed for a known number, or the bare
// number stands for them.
func (p *activePolicy) showsNumber() bool {
	return p.live.Streak.Known || p.pagesErr != nil || p.withoutPages
}

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
func (p *activePolicy) at(now time.Time) schedule {
	s := p.now
	if !s.from.IsZero() && !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until)) {
		return s
	}
	s = schedule{from: now}
	// The last entries have no during, so each loop finds one.
	for i := len(p.Config.Poll) - 1; i >= 0; i-- {
		e := p.Config.Poll[i]
		if p.during(e.During, now, &s.until) {
			s.every = e.Every
		}
	}
	for i := len(p.Config.Brightness) - 1; i >= 0; i-- {
		b := p.Config.Brightness[i]
		if p.during(b.During, now, &s.until) {
			s.level = b.Level
		}
	}
	s.quiet = s.level == led.Off || s.level < p.Config.Brightness[len(p.Config.Brightness)-1].Level
	p.now = s
	return s
}

// during reports whether windows match, and brings until forward to where that
// may change. No windows always match.
func (p *activePolicy) during(ws []rules.Window, now time.Time, until *time.Time) bool {
	if ws == nil {
		return true
	}
	*until = soonest(*until, rules.NextEdge(ws, p.Zone, now))
	return rules.MatchWindows(ws, p.Zone, now)
}
