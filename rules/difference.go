package rules

import (
	"iter"
	"time"
)

// A Difference is what another rule changes.
type Difference struct {
	Before History
	After  History
	Gained int // deployments that break only the rule after
	Lost   int // deployments that broke only the rule before
	Moved  int // deployments that break both, at another instant
}

// Change says what another rule makes of one deployment.
type Change string

// The changes.
const (
	ChangeNone   Change = "" // it breaks both at the same instant, or neither
	ChangeGained Change = "gained"
	ChangeLost   Change = "lost"
	ChangeMoved  Change = "moved"
)

// Compare says what the rule of the ledger after changes against that of the ledger
// before, as of now. Both were given the same deployments. A rule that is in one
// of two policies only has no ledger in the other: nil stands for a rule that
// nothing breaks, and its history is not known.
//
// The numbers of weeks are those of the histories' Current runs, the records those
// of their Record. Breaches before a rule's since are none here. The work grows
// with the breaches of both and their known days.
func Compare(before, after *Ledger, environments []Environment, now time.Time) Difference {
	var d Difference
	p := newPair(before, after, now)
	for _, change := range p.changes() {
		switch change {
		case ChangeGained:
			d.Gained++
		case ChangeLost:
			d.Lost++
		case ChangeMoved:
			d.Moved++
		}
	}
	if before != nil {
		d.Before = before.Streaks(environments, p.asOf)
	}
	if after != nil {
		d.After = after.Streaks(environments, p.asOf)
	}
	return d
}

// Changes goes through the breaches that [Compare] counts: those that are gained or
// lost, and those of the rule after that moved. The latest comes first; of the same
// instant, those that run, then the smallest id. They are lean, see [Ledger], and
// are made as the loop goes. The ledgers must be left alone until it ends.
func Changes(before, after *Ledger, now time.Time) iter.Seq2[Breach, Change] {
	return func(yield func(Breach, Change) bool) {
		p := newPair(before, after, now)
		for s, change := range p.changes() {
			l := after
			if change == ChangeLost {
				l = before
			}
			if !yield(*l.shown(s), change) {
				return
			}
		}
	}
}
