package rules

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// A record is what a [Ledger] remembers of a breach. There may be hundreds of
// thousands, hence no time.Time, no names, and no pointers.
type record struct {
	at, first         int64 // seconds of the breach instant and of the first forbidden one in the interval
	ref               int64
	atNano, firstNano int32  // beyond the seconds; atNano is windowEnd where that is what at is
	id                uint32 // which of the ledger's ids
	place             uint32 // and of its places
}

// windowEnd stands for 0 nanoseconds, and says that a window ended there.
const windowEnd = -1

// record remembers the breach of a deployment that cannot change by itself any
// more. Its id is already among the ledger's, or 0.
func (l *Ledger) record(d *Deployment, v verdict, id uint32) {
	if id == 0 {
		id = l.ids.add(d.ID)
	}
	r, cut := l.newRecord(d, v, id)
	if cut {
		kept := d.clone()
		l.cut[kept.key()] = kept
	}
	if n := len(l.records); l.ordered == n && (n == 0 || l.compare(&l.records[n-1], &r) <= 0) {
		l.ordered++
	}
	l.records = append(l.records, r)
	l.see()
}

// see notes that there is a new record, the last one.
func (l *Ledger) see() {
	fresh := l.records[len(l.records)-1:]
	if l.seen.full() {
		fresh = l.records
		l.seen = newSeen(len(fresh))
	}
	for i := range fresh {
		l.seen.add(l.hashOf(l, &fresh[i]))
	}
}

// newRecord returns the record of a verdict, and whether exceptions excuse the
// deployment on some owning days.
func (l *Ledger) newRecord(d *Deployment, v verdict, id uint32) (r record, cut bool) {
	first, cut := l.judge.first(d, l.asOf)
	r = record{
		at: v.at.Unix(), atNano: int32(v.at.Nanosecond()),
		first: first.Unix(), firstNano: int32(first.Nanosecond()),
		ref: d.Ref, id: id, place: l.places.add(d),
	}
	if v.atEnd {
		r.atNano = windowEnd
	}
	return r, cut
}

// first returns the first forbidden instant of the interval of a deployment that
// broke the rule, and whether exceptions excuse it on some owning days.
func (j *Judge) first(d *Deployment, now time.Time) (first time.Time, cut bool) {
	start, end := d.Interval(j.rule.Measure, now)
	excused, _ := j.excuses(d, start.Unix(), end.Unix(), nil)
	if t := j.forbidden.nextIn(start.Unix(), excused); t > start.Unix() {
		start = time.Unix(t, 0)
	}
	return start, excused != nil
}

// forget drops the record of a deployment, if there is one, and returns which of
// the ids it has, else 0.
func (l *Ledger) forget(d *Deployment) (id uint32) {
	for i := len(l.records) - 1; i >= 0; i-- {
		r := &l.records[i]
		if string(l.ids.of(r.id)) == d.ID && l.places.of(r).environmentID == d.EnvironmentID {
			id = r.id
			l.records = slices.Delete(l.records, i, i+1)
			if i < l.ordered {
				l.ordered--
			}
			delete(l.cut, d.key())
			return id // its hash may stay, and be that of another
		}
	}
	return 0
}

// sort puts the records in order. A few that came late are put between the rest.
func (l *Ledger) sort() {
	order := func(a, b record) int { return l.compare(&a, &b) }
	late := l.records[l.ordered:]
	switch {
	case len(late) == 0:
		return
	case len(late) > l.ordered/8:
		slices.SortFunc(l.records, order)
	default:
		slices.SortFunc(late, order)
		l.merge(slices.Clone(late))
	}
	l.ordered = len(l.records)
}

// merge puts late, which is in order and a copy of the last records, between the
// others, which are.
func (l *Ledger) merge(late []record) {
	n := len(l.records) - len(late)
	for len(late) > 0 {
		last := &late[len(late)-1]
		if n > 0 && l.compare(&l.records[n-1], last) > 0 {
			l.records[n+len(late)-1] = l.records[n-1]
			n--
			continue
		}
		l.records[n+len(late)-1] = *last
		late = late[:len(late)-1]
	}
}

// compare orders records by their instants, those of the same one so that the one
// that decides comes last: see verdict.beats.
func (l *Ledger) compare(a, b *record) int {
	if a.at != b.at {
		return cmp.Compare(a.at, b.at)
	}
	return cmp.Or(
		cmp.Compare(max(a.atNano, 0), max(b.atNano, 0)),
		l.compareKey(b, l, a),
	)
}

// compareKey compares the key of a record with that of another ledger's.
func (l *Ledger) compareKey(r *record, other *Ledger, of *record) int {
	if c := bytes.Compare(l.ids.of(r.id), other.ids.of(of.id)); c != 0 {
		return c
	}
	return strings.Compare(l.places.of(r).environmentID, other.places.of(of).environmentID)
}

// lean returns what is left of a record's deployment.
func (l *Ledger) lean(r *record) Deployment {
	p := l.places.of(r)
	return Deployment{
		ID: string(l.ids.of(r.id)), Ref: r.ref,
		ProjectID: p.projectID, Project: p.project, EnvironmentID: p.environmentID, Environment: p.environment,
	}
}
