package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Streak is how long a rule has been kept as of an instant. It begins with a breach,
// with the rule's since, or where the facts begin.
type Streak struct {
	Rule    string
	InForce bool // false: the rule's since is to come, and all else is zero
	Known   bool // false: nothing is known, and Weeks and Days are 0
	AtLeast bool // the facts begin at Since; the truth may be more
	Since   time.Time
	Weeks   int
	Days    int           // a total, not a remainder
	Breach  *Breach       // that it begins with, or nil
	Missing []Environment // in scope and not known completely: they make it unknown
	NoScope bool          // the rule applies to no environment
}

// Streak returns the streak as of now, given [Compiled.Breaches].
func (c *Compiled) Streak(environments []Environment, breaches []Breach, now time.Time) Streak {
	s := Streak{Rule: c.rule.Name, InForce: c.InForce(now)}
	if !s.InForce {
		return s
	}
	scope := c.scope(environments)
	known := c.knownRange(scope, breaches, now)
	s.Missing, s.NoScope = known.missing, len(scope) == 0
	if s.Known = known.known; !s.Known {
		return s
	}
	windowEnd := false
	if b := c.deciding(breaches); b != nil && (b.Running || !b.At.Before(known.from)) {
		breach := *b
		s.Breach, s.Since, windowEnd = &breach, b.At, b.WindowEnd
		if b.Running {
			return s
		}
	} else {
		s.AtLeast, s.Since = known.facts, known.from.In(c.forbidden.loc)
	}
	s.Weeks, s.Days = c.weeksAndDays(s.Since, now, windowEnd)
	return s
}

// deciding returns the latest breach that counts and runs, else the latest that
// counts; nil if there is none.
func (c *Compiled) deciding(breaches []Breach) *Breach {
	var latest *Breach
	for i := len(breaches) - 1; i >= 0; i-- {
		b := &breaches[i]
		if (latest == nil || b.Running) && c.counts(b) {
			if latest = b; b.Running {
				break
			}
		}
	}
	return latest
}

// Lead returns the streak to show: of those in force an unknown one, else one whose
// breach runs, else the latest. Ties go by name.
func Lead(streaks []Streak) (Streak, bool) {
	if len(streaks) == 0 {
		return Streak{}, false
	}
	return slices.MinFunc(streaks, func(a, b Streak) int {
		return cmp.Or(
			cmp.Compare(a.rank(), b.rank()),
			b.Since.Compare(a.Since),
			strings.Compare(a.Rule, b.Rule),
		)
	}), true
}

// rank orders streaks before their beginnings do.
func (s *Streak) rank() int {
	switch {
	case !s.InForce:
		return 3
	case !s.Known:
		return 0
	case s.Breach != nil && s.Breach.Running:
		return 1
	}
	return 2
}

// furthest returns the furthest reading of the wall clock from the second start to the
// second now, both included. A clock that was put back may have read it before now. From the
// reading at now furthest takes late seconds away.
func (z *zone) furthest(start, now, late int64) int64 {
	seg := z.at(now)
	most := now + seg.offset - late
	// Earlier than this, no reading can have been further than now's.
	for seg.start > start && now-seg.start < 2*maxOffset {
		put := seg.start
		seg = z.at(put - 1)
		most = max(most, put-1+seg.offset)
	}
	return most
}

// origin returns the reading of the wall clock from which the rule counts the days of a
// streak, in seconds and nanoseconds. windowEnd says that start is the end of a window.
func (c *Compiled) origin(start time.Time, windowEnd bool) (reading int64, nanoseconds int) {
	z := &c.forbidden.zone
	if c.rule.Count == CountMidnight {
		return z.dayOf(lastInside(start, windowEnd)) * day, 0
	}
	return z.read(start.Unix()), start.Nanosecond()
}

// weeksAndDays counts from start to now as the rule says: by how many whole days the furthest
// reading between them is after the origin.
func (c *Compiled) weeksAndDays(start, now time.Time, windowEnd bool) (weeks, days int) {
	s := &c.forbidden
	if !now.Before(start) {
		reading, nanoseconds := c.origin(start, windowEnd)
		var late int64 // 1: the second of now has not come as far as that of the origin
		if now.Nanosecond() < nanoseconds {
			late = 1
		}
		days = int(max(0, floorDiv(s.furthest(start.Unix(), now.Unix(), late)-reading, day)))
	}
	if c.rule.Count == CountSurvived {
		return s.survived(start.Unix(), now.Unix()), days
	}
	return days / 7, days
}

// survived returns how many occurrences began after start and had ended at now.
func (s *schedule) survived(start, now int64) int {
	count := 0
	for _, o := range s.occurrences(start, now) {
		if o.first > start && o.end <= now {
			count++
		}
	}
	return count
}

// tick returns the next instant at which the days of a streak grow, and with them the weeks;
// zero if they do not. The weeks of CountSurvived grow where a window ends, which is an edge
// that [Compiled.NextChange] looks for.
func (c *Compiled) tick(s Streak, now time.Time) time.Time {
	if !s.Known || s.Breach != nil && s.Breach.Running {
		return time.Time{}
	}
	windowEnd := s.Breach != nil && s.Breach.WindowEnd
	reading, nanoseconds := c.origin(s.Since, windowEnd)
	_, days := c.weeksAndDays(s.Since, now, windowEnd)
	z := &c.forbidden.zone
	t, exact := z.reached(max(s.Since.Unix(), now.Unix()), reading+int64(days+1)*day)
	if !exact {
		return z.time(t)
	}
	return time.Unix(t, int64(nanoseconds)).In(z.loc)
}
