package rules

import "time"

// A past is the time about which a ledger can tell.
type past struct {
	known bool
	from  time.Time // from here on all is known, and breaches count
	since time.Time // the rule's
	// limited reports that coverage and not since decides from.
	limited bool
}

// past returns what is known as of the ledger's instant.
func (l *Ledger) past(environments []Environment) past {
	p := past{since: l.judge.since}
	p.from, p.known = l.judge.coverage(environments, l.asOf, &Streak{})
	if p.limited = p.from.After(p.since); !p.limited {
		p.from = p.since
	}
	return p
}

// whole reports whether all of an occurrence is in the known past.
func (p *past) whole(h hull, now time.Time) bool {
	return p.known && !time.Unix(h.first, 0).Before(p.from) && h.end <= now.Unix()
}

// fate returns what became of an occurrence.
func (p *past) fate(h hull, broken bool, now time.Time) Fate {
	switch {
	case broken:
		return FateBroken
	case !p.since.IsZero() && time.Unix(h.first, 0).Before(p.since):
		return FateBefore
	case h.first > now.Unix():
		return FateAhead
	case h.end > now.Unix():
		return FateOpen
	case p.whole(h, now):
		return FateKept
	}
	return FateUnknown
}
