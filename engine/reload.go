package engine

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// reload is the way of a saved file into force: evaluate, prepare, compute the
// pages, swap. Until the swap nothing on the glass changes.
type reload struct {
	waiting   *Saved  // newest saved file, not yet evaluated
	candidate *policy // evaluated, its pages not yet computed
	fromStore bool    // the candidate is the last good file, not the saved one
	running   bool    // an evaluation is under way
	stop      context.CancelFunc
	number    int // of the newest evaluation; older ones are dropped

	again *Saved        // refused for a reason outside the file: tried again
	retry time.Duration // uptime of that

	// cached says that the candidate is the last good configuration, which
	// needs no evaluation: it comes into force before its pages are computed.
	cached      bool
	unconfirmed bool // in force is what was cached, and the saved file was not looked at yet

	refused  error // why the saved file is not in force
	fallBack bool  // try the last good file
	fellBack bool  // it was tried, or will be
}

// evaluation is what came of evaluating a file.
type evaluation struct {
	number    int
	file      Saved
	fromStore bool
	config    *schema.Config
	err       error
}

// begin starts with the last good configuration, if this very program evaluated it,
// so that the glass is lit before counter.cue is evaluated.
func (l *loop) begin() {
	if l.o.LastGood == nil {
		return
	}
	kept, err := l.o.LastGood.Load()
	if err != nil || kept.Config == nil {
		return // refuse tells of it when it is needed
	}
	p, err := l.newPolicy(kept.Config, kept.File, nil)
	if err != nil {
		return
	}
	r := &l.reload
	r.candidate, r.fromStore, r.cached, r.unconfirmed = p, true, true, true
}

// startCached puts the last good configuration into force once its docket is read. Its
// pages are computed afterwards.
func (l *loop) startCached(now time.Time, uptime time.Duration) {
	if !l.reload.cached {
		return
	}
	if _, ok := l.ready(l.reload.candidate, now); ok {
		l.swap(l.reload.candidate)
		l.layOut(uptime)
	}
}

// saved takes in a new content of counter.cue.
func (l *loop) saved(s Saved) {
	r := &l.reload
	if s.Warning != "" {
		l.o.Log.Warn("watching "+l.o.Name, "warning", s.Warning)
	}
	if r.cached && s.Err == nil && s.Hash == r.candidate.config.Hash {
		r.fromStore = false
		l.acceptable()
		return
	}
	l.drop()
	if s.Forced {
		l.asking.now = true
	}
	switch {
	case s.Err != nil:
		l.refuse(s, s.Err)
	case l.policy != nil && s.Hash == l.policy.config.Hash:
		l.acceptable()
	default:
		r.waiting = &s
	}
}

// drop forgets whatever is on its way into force.
func (l *loop) drop() {
	r := &l.reload
	r.waiting, r.again = nil, nil
	if !r.cached { // what is cached is better than dark glass
		r.candidate = nil
	}
	r.number++
	if r.stop != nil {
		r.stop()
	}
}

// startEvaluation evaluates the waiting file, one at a time.
func (l *loop) startEvaluation(uptime time.Duration) {
	r := &l.reload
	if r.again != nil && uptime >= r.retry {
		r.waiting, r.again = r.again, nil
	}
	if r.running || r.waiting == nil {
		return
	}
	l.evaluate(*r.waiting, false)
	r.waiting = nil
}

func (l *loop) evaluate(file Saved, fromStore bool) {
	r := &l.reload
	ctx, stop := context.WithCancel(l.ctx)
	r.running, r.stop = true, stop
	job := evaluation{number: r.number, file: file, fromStore: fromStore}
	evaluator, name := l.o.Evaluator, l.o.Name
	l.start(func() func() {
		defer stop()
		job.config, job.err = evaluator.Evaluate(ctx, name, job.file.Data)
		return func() { l.accept(job) }
	})
}

// accept takes in an evaluation.
func (l *loop) accept(e evaluation) {
	r := &l.reload
	r.running = false
	if e.number != r.number || l.ctx.Err() != nil {
		return // a newer file waits
	}
	p, err := (*policy)(nil), e.err
	if err == nil {
		p, err = l.newPolicy(e.config, e.file.Data, l.policy)
	}
	switch {
	case err == nil:
		r.candidate, r.fromStore, r.cached = p, e.fromStore, false
	case e.fromStore:
		l.o.Log.Warn("the last good file is not usable either", "error", err)
	default:
		l.refuse(e.file, err)
		if !blamesFile(err) {
			_, uptime := l.o.Clock.Now()
			r.again, r.retry = &e.file, uptime+maxSleep
		}
	}
}

// blamesFile reports whether an error is the file's: the same file gives it again.
func blamesFile(err error) bool {
	_, ok := errors.AsType[*schema.Error](err)
	return ok
}

// refuse marks the saved file as refused and keeps what is in force. Without
// anything in force it falls back to the last good file.
func (l *loop) refuse(s Saved, err error) {
	r := &l.reload
	r.refused, r.unconfirmed, l.changed = err, false, true
	l.reloads.Refused++
	l.talk.refusal(l.o.Name, s.Hash, err, l.policy != nil || r.cached)
	if l.policy != nil || r.cached {
		return
	}
	l.salvage(err)
	if l.o.LastGood == nil || r.fellBack {
		return
	}
	r.fellBack, r.fallBack = true, true
}

// startFallBack evaluates the last good file when none is in force.
func (l *loop) startFallBack() {
	r := &l.reload
	if !r.fallBack || r.running || l.policy != nil {
		return
	}
	r.fallBack = false
	kept, err := l.o.LastGood.Load()
	if err != nil {
		l.o.Log.Info("no last good file to start from", "reason", err)
		return
	}
	l.evaluate(Saved{Data: kept.File}, true)
}

// salvage lights the displays of a refused file, if those are sound, so that
// the glass can say that the file is refused.
func (l *loop) salvage(err error) {
	e, ok := errors.AsType[*schema.Error](err)
	if ok && e.Display != nil {
		l.light(*e.Display)
	}
}

// acceptable clears the refusal: the saved file is the one in force.
func (l *loop) acceptable() {
	l.talk.trouble(l.o.Name, "", l.o.Name+" is accepted again", nil)
	l.changed = l.changed || l.reload.refused != nil
	l.reload.refused, l.reload.unconfirmed = nil, false
}

// swap puts the candidate into force.
func (l *loop) swap(p *policy) {
	r := &l.reload
	old, before := l.policy, l.verdict
	cached := r.cached
	l.policy, r.candidate, r.cached = p, nil, false
	if old == nil || old.source != p.source {
		l.asking.start()
		p.read = 0
	}
	now, uptime := l.o.Clock.Now()
	l.until = now // the verdict was the old policy's
	l.verdict = p.docket.Judge(l.guard.asOf(now, p.docket.good))
	l.light(p.config.Display)
	l.pages.begin(p, uptime)
	p.bare, l.changed = cached, true
	l.facts++
	l.reloads.Accepted++
	l.reloads.Last = now
	l.sayForce(old, p, before)
	if old == nil && l.verdict.Lead.Known {
		l.tell(before, l.verdict)
	}
	if !r.fromStore {
		l.acceptable()
		l.keep(Kept{p.file, p.config})
	} else if !cached {
		l.o.Log.Warn("this is the last good copy of the file, kept before the start")
	}
}

// sayForce logs what came into force, and what it changes.
func (l *loop) sayForce(old, p *policy, before Verdict) {
	what := "changes"
	text := Describe(p.config)
	if old != nil {
		text = changes(old, p, before, l.verdict)
	} else if p.bare {
		what = "as_before_the_start"
	}
	l.o.Log.Info("in force", "file", l.o.Name, "hash", shortHash(p.config.Hash), what, text)
	if old != nil && old.docket != p.docket {
		l.sayBreaches(old.docket, p.docket)
	}
}

func shortHash(hash string) string { return hash[:min(12, len(hash))] }
