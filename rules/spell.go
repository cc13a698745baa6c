package rules

import (
	"iter"
	"slices"
	"time"
)

// A spell is a breach with its length, recorded or running.
type spell struct {
	*record
	running *Deployment // as of now; nil: recorded
}

func (s spell) at() moment    { return moment{s.record.at, max(s.atNano, 0)} }
func (s spell) first() moment { return moment{s.record.first, s.firstNano} }

// verdict returns what the judge said.
func (s spell) verdict() verdict {
	return verdict{broke: true, running: s.running != nil, at: s.at().time(), atEnd: s.atNano == windowEnd}
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
	if running := rank(x.running != nil) - rank(y.running != nil); running != 0 && x.at() == y.at() {
		return running
	}
	return b.ledger.compare(x.record, y.record)
}

// ever is before every instant.
var ever = moment{sec: -never}

// backward goes through those at or after since, from the latest to the first.
func (b *breaches) backward(since moment) iter.Seq[spell] {
	return func(yield func(spell) bool) {
		for c := b.latest(since); c.record != nil; c.next() {
			if !yield(c.spell) {
				return
			}
		}
	}
}

// A cursor is at one breach and goes to the one before; after the first it is at a
// spell of no record.
type cursor struct {
	spell
	breaches *breaches
	since    moment
	settled  []record // those to come
	open     []spell
}

// latest returns a cursor at the latest breach, if that is not before since.
func (b *breaches) latest(since moment) cursor {
	c := cursor{breaches: b, since: since, settled: b.ledger.records, open: b.open}
	c.next()
	return c
}

// next goes on.
func (c *cursor) next() {
	last := len(c.settled) - 1
	switch open := len(c.open) - 1; {
	case open >= 0 && (last < 0 || c.breaches.compare(c.open[open], spell{record: &c.settled[last]}) > 0):
		c.spell, c.open = c.open[open], c.open[:open]
	case last >= 0:
		c.record, c.running, c.settled = &c.settled[last], nil, c.settled[:last]
	default:
		c.spell = spell{}
		return
	}
	if c.at().before(c.since) {
		c.spell = spell{}
	}
}

// streak is the streak that follows.
func (b *breaches) streak(environments []Environment) Streak {
	l := b.ledger
	for s := range b.backward(ever) {
		return l.judge.streak(environments, l.asOf, s.verdict(), &l.shown(s).Deployment)
	}
	return l.judge.streak(environments, l.asOf, verdict{}, nil)
}

// broken goes through the breaches at or after since, from the latest to the first,
// and for each of them through those of the occurrences, in order, that it broke.
func (b *breaches) broken(occurrences []hull, since moment) iter.Seq2[int, spell] {
	return func(yield func(int, spell) bool) {
		n := len(occurrences) // so many begin at or before the breach's instant
		for s := range b.backward(since) {
			// A window's end may be in the next window, which touches and so
			// is of the same occurrence.
			from, until := s.record.first, s.record.at
			for n > 0 && occurrences[n-1].first > until {
				n--
			}
			for i := n - 1; i >= 0 && occurrences[i].end > from; i-- {
				if b.broke(s, occurrences[i]) && !yield(i, s) {
					return
				}
			}
		}
	}
}

// A tally is how often an occurrence was broken, and by whom last.
type tally struct {
	count  int
	latest spell
}

// tally finds which occurrences, in order, the breaches at or after since broke.
func (b *breaches) tally(occurrences []hull, since moment) []tally {
	list := make([]tally, len(occurrences))
	for i, s := range b.broken(occurrences, since) {
		if list[i].count++; list[i].count == 1 {
			list[i].latest = s
		}
	}
	return list
}

// broke reports whether a breach that meets an occurrence is not excused there. The
// first and the last that it meets it broke; one between them may be excused.
func (b *breaches) broke(s spell, h hull) bool {
	l, d := b.ledger, s.running
	if h.first <= s.record.first || s.record.at <= h.end {
		return true
	}
	if d == nil {
		cut, ok := l.cut[key{l.places.of(s.record).environmentID, string(l.ids.of(s.id))}]
		if !ok {
			return true
		}
		d = &cut
	}
	excused, _ := l.judge.excuses(d, h.first, h.end-1, nil)
	if excused == nil {
		return true
	}
	_, ok := l.judge.forbidden.overlap(h.first, h.end-1, excused)
	return ok
}

// shown returns the breach as others see it.
func (l *Ledger) shown(s spell) *Breach {
	b := &Breach{At: s.at().time().In(l.judge.forbidden.loc), Running: s.running != nil}
	if s.running != nil {
		b.Deployment = *s.running
	} else {
		b.Deployment = l.lean(s.record)
	}
	return b
}
