package facts

import (
	"cmp"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// Join adds what polls brought since the start to what the history has stored, which could
// not be read until now. since continues what was stored only where both have a run in
// common.
func Join(stored, since source.Known, now time.Time) (source.Known, source.Changes) {
	m := newMerging(stored, since.Good, now, stored.Size()+since.Size())
	var a source.Answer
	for _, e := range since.Environments {
		a.Environments = append(a.Environments, source.Environment{Environment: e.Environment})
		a.Deployments = append(a.Deployments, e.Deployments...)
		a.Unusable = append(a.Unusable, e.Unusable...)
	}
	extents, _ := m.mergeAnswer(&a)
	for i, r := range extents {
		e := &m.next.Environments[i]
		s := since.Environment(e.ID)
		if s == nil {
			continue
		}
		one := source.Environment{Reading: source.ReadWhole, From: s.CompleteFrom, Exhausted: s.Exhausted}
		if s.Partial {
			one.Reading = source.ReadPart
		} else if s.CompleteFrom.IsZero() && !s.Exhausted {
			one.Reading = source.ReadNothing
		}
		m.setCompleteFrom(e, &one, r, false)
		e.Read, e.Gone, e.Retired = maxTime(e.Read, s.Read), s.Gone, false
		if stored.Environment(s.ID) == nil {
			e.FirstSeen = s.FirstSeen
		}
	}
	n := &m.next
	if since.Good.After(stored.Good) {
		n.Good, n.Selection = since.Good, since.Selection
	}
	n.FirstRead = cmp.Or(n.FirstRead, since.FirstRead)
	if !since.Good.IsZero() || !since.Failed.IsZero() {
		n.Failed, n.Failure = since.Failed, since.Failure
	}
	known, changes, _ := m.finish(stored)
	return known, changes
}
