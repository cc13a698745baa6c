package rules

import (
	"iter"
	"slices"
	"sort"
	"time"
)

// A spell is a breach with its length, recorded or running.
type spell struct {
	*record
	running *Deployment // as of now; nil: recorded
}

func (s spell) at() time.Time    { return time.Unix(s.record.at, int64(max(s.atNano, 0))) }
func (s spell) first() time.Time { return time.Unix(s.record.first, int64(s.firstNano)) }

// verdict returns what the judge said.
func (s spell) verdict() verdict {
	return verdict{broke: true, running: s.running != nil, at: s.at(), atEnd: s.atNano == windowEnd}
}

// breaches are all of a ledger's as of an instant.
type breaches struct {
	ledger *Ledger
	open   []spell // those that run, in order
}

// breaches judges what is not settled as of now.
func (l *Ledger) breaches(now time.Time) breaches {
	l.reach(now)
	l.settle()
	l.sort()
	b := breaches{ledger: l}
	for _, o := range l.open {
		was, there := o.AsOf(l.asOf)
		if !there {
			continue
		}
		if v := l.judge.judge(&was, l.asOf); v.broke {
			r, _ := l.newRecord(&was, v, o.id)
			b.open = append(b.open, spell{&r, &was})
		}
	}
	slices.SortFunc(b.open, b.compare)
	return b
}

// compare orders spells so that the one that decides comes last.
func (b *breaches) compare(x, y spell) int {
	if running := rank(x.verdict()) - rank(y.verdict()); running != 0 && x.at().Equal(y.at()) {
		return running
	}
	return b.ledger.compare(x.record, y.record)
}

// backward goes through all from the latest to the first.
func (b *breaches) backward() iter.Seq[spell] {
	return func(yield func(spell) bool) {
		settled, open := b.ledger.records, b.open
		for len(settled) > 0 || len(open) > 0 {
			var s spell
			if n := len(settled); n > 0 {
				s.record = &settled[n-1]
			}
			if n := len(open); n > 0 && (s.record == nil || b.compare(open[n-1], s) > 0) {
				s, open = open[n-1], open[:n-1]
			} else {
				settled = settled[:len(settled)-1]
			}
			if !yield(s) {
				return
			}
		}
	}
}

// streak is the streak that follows.
func (b *breaches) streak(environments []Environment) Streak {
	l := b.ledger
	for s := range b.backward() {
		return l.judge.streak(environments, l.asOf, s.verdict(), &l.shown(s).Deployment)
	}
	return l.judge.streak(environments, l.asOf, verdict{}, nil)
}

// A tally is how often an occurrence was broken, and by whom last.
type tally struct {
	count  int
	latest spell
}

// tally finds which occurrences, in order, the breaches at or after since broke.
func (b *breaches) tally(occurrences []hull, since time.Time) []tally {
	list := make([]tally, len(occurrences))
	for s := range b.backward() {
		if s.at().Before(since) {
			break
		}
		// A window's end may be in the next window, which touches and so is
		// of the same occurrence.
		from, until := s.record.first, s.record.at
		i := sort.Search(len(occurrences), func(i int) bool { return occurrences[i].end > from })
		for ; i < len(occurrences) && occurrences[i].first <= until; i++ {
			h := occurrences[i]
			if !b.broke(s, max(from, h.first), min(until, h.end-1)) {
				continue
			}
			if list[i].count++; list[i].count == 1 {
				list[i].latest = s
			}
		}
	}
	return list
}

// broke reports whether the seconds from to until, of one occurrence, are not
// excused. Only a deployment that met several occurrences can be excused of one.
func (b *breaches) broke(s spell, from, until int64) bool {
	l := b.ledger
	d := s.running
	if d == nil {
		if len(l.cut) == 0 {
			return true
		}
		cut, ok := l.cut[key{l.places.of(s.record).environmentID, string(l.ids.of(s.id))}]
		if !ok {
			return true
		}
		d = &cut
	}
	excused, _ := l.judge.excuses(d, from, until, nil)
	if excused == nil {
		return true
	}
	_, ok := l.judge.forbidden.overlap(from, until, excused)
	return ok
}

// shown returns the breach as others see it.
func (l *Ledger) shown(s spell) *Breach {
	b := &Breach{At: s.at().In(l.judge.forbidden.loc), Running: s.running != nil}
	if s.running != nil {
		b.Deployment = *s.running
	} else {
		b.Deployment = l.lean(s.record)
	}
	return b
}
