package rules

import (
	"cmp"
	"iter"
	"time"
)

// A pair is the breaches of two ledgers, which were given the same deployments, as
// of the same instant.
type pair struct {
	before, after breaches
	asOf          time.Time
	twins         []twin // of the breaches that moved, by hash
}

// newPair brings the ledgers to the latest instant that one of them was given. One
// that is nil has no breaches.
func newPair(before, after *Ledger, now time.Time) *pair {
	p := &pair{asOf: now}
	for _, l := range [...]**Ledger{&before, &after} {
		if *l == nil {
			*l = NewLedger(&Judge{})
		}
		if (*l).asOf.After(p.asOf) {
			p.asOf = (*l).asOf
		}
	}
	p.before, p.after = before.breaches(p.asOf), after.breaches(p.asOf)
	p.match()
	return p
}

// changes goes through the breaches of one ledger only, and those of the ledger
// after that are at another instant in the other, from the latest to the first.
func (p *pair) changes() iter.Seq2[spell, Change] {
	return func(yield func(spell, Change) bool) {
		for was, is := range p.alone() {
			more := true
			switch _, moved := p.twin(was, is); {
			case is.record != nil && moved:
				more = yield(is, ChangeMoved)
			case is.record != nil:
				more = yield(is, ChangeGained)
			case !moved:
				more = yield(was, ChangeLost)
			}
			if !more {
				return
			}
		}
	}
}

// alone goes through the breaches that are not at the same instant in the other
// ledger, from the latest to the first: either was, of the ledger before, or is
// has a record. Those before a rule's since are none.
func (p *pair) alone() iter.Seq2[spell, spell] {
	return func(yield func(was, is spell) bool) {
		was := p.before.latest(momentOf(p.before.ledger.judge.since))
		is := p.after.latest(momentOf(p.after.ledger.judge.since))
		for was.record != nil || is.record != nil {
			order := p.compare(was.spell, is.spell)
			if order > 0 && !yield(was.spell, spell{}) || order < 0 && !yield(spell{}, is.spell) {
				return
			}
			if order >= 0 {
				was.next()
			}
			if order <= 0 {
				is.next()
			}
		}
	}
}

// compare orders a breach of each ledger as each orders its own. There is only one
// where the other has no record.
func (p *pair) compare(was, is spell) int {
	switch {
	case was.record == nil:
		return -1
	case is.record == nil:
		return 1
	case was.record.at != is.record.at:
		return cmp.Compare(was.record.at, is.record.at)
	}
	return cmp.Or(
		cmp.Compare(was.at().nano, is.at().nano),
		rank(was.running != nil)-rank(is.running != nil),
		p.after.ledger.compareKey(is.record, p.before.ledger, was.record),
	)
}
