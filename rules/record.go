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

// record judges a deployment that cannot change by itself any more, and remembers
// its breach. Its id is already among the ledger's, or 0.
func (l *Ledger) record(d *Deployment, hash uint64, id uint32) {
	v := l.judge.judge(d, l.asOf)
	if !v.broke {
		return
	}
	if id == 0 {
		id = l.ids.add(d.ID)
	}
	r, cut := l.newRecord(d, v, id)
	if cut {
		kept := d.clone()
		l.cut[kept.key()] = kept
	}
	if n := len(l.records); n > 0 && l.sorted {
		l.sorted = l.compare(&l.records[n-1], &r) <= 0
	}
	l.records = append(l.records, r)
	l.seen[hash] = struct{}{}
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
			delete(l.cut, d.key())
			return id // its hash may stay, and be that of another
		}
	}
	return 0
}

// sort puts the records in order.
func (l *Ledger) sort() {
	if !l.sorted {
		slices.SortFunc(l.records, func(a, b record) int { return l.compare(&a, &b) })
		l.sorted = true
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
		bytes.Compare(l.ids.of(b.id), l.ids.of(a.id)),
		strings.Compare(l.places.of(b).environmentID, l.places.of(a).environmentID),
	)
}

// lean returns what is left of a record's deployment.
func (l *Ledger) lean(r *record) Deployment {
	p := l.places.of(r)
	return Deployment{
		ID: string(l.ids.of(r.id)), Ref: r.ref,
		ProjectID: p.projectID, Project: p.project, EnvironmentID: p.environmentID, Environment: p.environment,
	}
}
