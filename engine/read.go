package engine

import (
	"context"
	"time"
)

// reading is the state of reading the store for a policy.
type reading struct {
	policy *policy // for which one; nil: none is read
	late   []reply // that came meanwhile: the reading may have missed them
	source []string

	failures int           // in a row
	retry    time.Duration // uptime of another try, when failures > 0
}

// maxReadRetry bounds the wait before a store that could not be read is tried again.
const maxReadRetry = 30 * time.Second

// startRead reads the store for the candidate, or again for the policy in force if
// its docket is not the one that it wants.
func (l *loop) startRead(now time.Time, uptime time.Duration) {
	r := &l.reading
	if r.policy != nil || r.failures > 0 && uptime < r.retry {
		return
	}
	switch c := l.reload.candidate; {
	case c != nil && (c.docket == nil || c.docket.behind || c.docket.ahead(l.guard.asOf(now, c.docket.good))):
		if l.policy != nil && c.judgesAs(l.policy, l.guard.asOf(now, l.policy.docket.good)) {
			c.docket = l.policy.docket
			return
		}
		l.read(c, now)
	case l.policy != nil && l.policy.wants(l.guard.asOf(now, l.policy.docket.good), l.asking.answers):
		l.read(l.policy, now)
	}
}

// read reads for p beside the loop.
func (l *loop) read(p *policy, now time.Time) {
	l.reading.policy, p.read = p, l.asking.answers
	views := []view{p.view}
	if old := l.policy; old != nil && old != p && old.docket.view.key != p.view.key {
		views = append(views, old.docket.view) // until the new source has answered whole
	}
	court, store, guard := p.court, l.o.Store, l.guard
	l.start(func() func() {
		d, err := readFirst(l.ctx, store, court, views, func(good time.Time) time.Time { return guard.asOf(now, good) })
		return func() { l.readDone(p, d, err) }
	})
}

// readFirst reads the first of the views of which an environment is known whole. If
// there is none, the docket is empty.
func readFirst(ctx context.Context, store Reader, court *Court, views []view, asOf func(good time.Time) time.Time) (*Docket, error) {
	best := newDocket(court, views[0])
	for _, v := range views {
		d := newDocket(court, v)
		if err := readDockets(ctx, store, v, asOf, d); err != nil {
			return nil, err
		}
		if len(d.environments) > 0 {
			return d, nil
		}
		if best.good.IsZero() { // else it is known, and has renamed its environments
			best = d
		}
	}
	return best, nil
}

// readDone takes in what was read.
func (l *loop) readDone(p *policy, d *Docket, err error) {
	r := &l.reading
	late, sources := r.late, r.source
	*r = reading{failures: r.failures}
	if l.ctx.Err() != nil || p != l.policy && p != l.reload.candidate {
		return
	}
	l.talk.trouble("read", "what is stored cannot be read; no number changes", "what is stored can be read again", err)
	_, uptime := l.o.Clock.Now()
	if err != nil {
		r.failures++
		r.retry = uptime + min(time.Second<<min(r.failures-1, 5), maxReadRetry)
		if p.docket == nil && l.policy == nil { // the wall says that it knows nothing
			p.docket = newDocket(p.court, p.view)
			p.docket.err = err
		}
	} else {
		r.failures, p.docket = 0, d
		now, _ := l.o.Clock.Now()
		for i := range late {
			d.learn(sources[i], &late[i], now)
		}
		l.until, l.changed = time.Time{}, true
		l.facts++
	}
}

// learn takes what a reply brought into the dockets.
func (l *loop) learn(source string, r *reply) {
	now, _ := l.o.Clock.Now()
	if len(r.merged.Deployments) > 0 || len(r.answer.Interrupted) > 0 {
		l.facts++
	}
	if l.policy != nil {
		l.policy.docket.learn(source, r, now)
	}
	if c := l.reload.candidate; c != nil && c.docket != nil && (l.policy == nil || c.docket != l.policy.docket) {
		c.docket.learn(source, r, now)
	}
	if l.reading.policy != nil {
		l.reading.late = append(l.reading.late, *r)
		l.reading.source = append(l.reading.source, source)
	}
}

// learn takes in what a reply of a source brought. Before the source has answered
// whole there is nothing to add to.
func (d *Docket) learn(source string, r *reply, now time.Time) {
	if source != d.view.source || d.good.IsZero() {
		return
	}
	d.cover(r.answer.Environments)
	d.add(r.merged.Deployments, now)
}
