package rules

import (
	"cmp"
	"slices"
)

// A twin is a breach of a pair's ledger after, whose deployment is one of the
// ledger before too.
type twin struct {
	hash uint64 // of its key, by the ledger before
	*record
}

// match finds the deployments that broke both rules, but at another instant. All
// other breaches need no memory.
func (p *pair) match() {
	before, after := p.before.ledger, p.after.ledger
	for _, is := range p.alone() {
		if is.record == nil {
			continue
		}
		if t := (twin{before.hashOf(after, is.record), is.record}); is.running != nil || before.seen.has(t.hash) {
			p.twins = append(p.twins, t)
		}
	}
	if p.twins == nil {
		return
	}
	p.sortTwins()
	var moved []twin
	for was := range p.alone() {
		if was.record == nil {
			continue
		}
		if t, ok := p.twin(was, spell{}); ok {
			moved = append(moved, t)
		}
	}
	p.twins = moved
	p.sortTwins()
}

func (p *pair) sortTwins() {
	slices.SortFunc(p.twins, func(a, b twin) int { return cmp.Compare(a.hash, b.hash) })
}

// twin returns that of a breach, either was, of the ledger before, or is.
func (p *pair) twin(was, is spell) (t twin, ok bool) {
	if len(p.twins) == 0 {
		return t, false
	}
	l, r := p.after.ledger, is.record
	if r == nil {
		l, r = p.before.ledger, was.record
	}
	hash := p.before.ledger.hashOf(l, r)
	i, _ := slices.BinarySearchFunc(p.twins, hash, func(t twin, hash uint64) int { return cmp.Compare(t.hash, hash) })
	for ; i < len(p.twins) && p.twins[i].hash == hash; i++ {
		if p.after.ledger.compareKey(p.twins[i].record, l, r) == 0 {
			return p.twins[i], true
		}
	}
	return t, false
}
