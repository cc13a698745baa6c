package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// reload is the way of a saved file into force: evaluate, load what is known of its
// sources, compute the pages, swap. Until the swap nothing on the glass changes.
type reload struct {
	waiting   *watch.Saved // newest saved file, not yet evaluated
	running   bool         // an evaluation is under way
	stop      context.CancelFunc
	number    int     // of the newest saved file: evaluations of older ones are dropped
	candidate *policy // not yet in force
	refused   error   // why the saved file is not in force
	warning   error   // why changes of it may be seen late or never

	again *watch.Saved  // refused for a reason outside the file: tried again
	retry time.Duration // uptime of that

	lastGood *LastGood // as the store has it; nil: not loaded yet
	fallBack bool      // evaluate its file
}

// An origin says where a policy comes from.
type origin int

const (
	fromFile  origin = iota // the saved file
	fromStore               // the last good file, because the saved one is refused
	asStored                // the last good configuration; the saved file is not evaluated yet
)

// evaluation is what came of evaluating a file.
type evaluation struct {
	number int
	file   watch.Saved
	origin origin
	config *schema.Config
	err    error
}

// lastGoodLoaded is the last good file as the store has it.
type lastGoodLoaded struct {
	file LastGood
	err  error
}

// take starts with the last good configuration, if this very program evaluated it, so
// that the glass is lit before counter.cue is evaluated.
func (r lastGoodLoaded) take(l *loop) {
	l.stored(r.err)
	if r.err != nil {
		return
	}
	l.reload.lastGood = &r.file
	if r.file.Config == nil || l.policy != nil || l.reload.candidate != nil {
		return
	}
	if p, err := l.newPolicy(r.file.Config, r.file.File, asStored); err == nil {
		p.bare = true
		l.propose(p)
	}
}

// propose makes a policy the next to come into force.
func (l *loop) propose(p *policy) {
	l.reload.candidate = p
	for _, s := range p.Sources {
		l.source(s.Key) // which has the store load it
	}
}

// ready reports whether what is known of a candidate's sources is there, or cannot be.
func (l *loop) ready(p *policy) bool {
	return !slices.ContainsFunc(p.Sources, func(s PolicySource) bool { return l.source(s.Key).reading == notRead })
}

// enforceBare puts the last good configuration into force before its pages are computed:
// until then they are the bare number.
func (l *loop) enforceBare(uptime time.Duration) {
	if c := l.reload.candidate; c != nil && c.bare && l.ready(c) {
		l.swap(c)
		l.layOut(uptime)
	}
}

// saved takes in a new content of counter.cue.
func (l *loop) saved(s watch.Saved) {
	r := &l.reload
	l.changed = l.changed || (s.Warning == nil) != (r.warning == nil)
	r.warning = s.Warning
	l.log.trouble("watch", "what is saved in "+l.o.Name+" comes late or never; what was read last stays in force", "what is saved in "+l.o.Name+" is seen at once", s.Warning)
	if c := r.candidate; c != nil && c.bare && s.Err == nil && s.Hash == c.Config.Hash {
		l.accept(c)
		return
	}
	l.drop()
	if s.Reloaded {
		l.pollAnew()
	}
	switch {
	case s.Err != nil:
		l.refuse(s, s.Err)
	case l.policy != nil && s.Hash == l.policy.Config.Hash:
		l.accept(l.policy)
	default:
		r.waiting = &s
	}
}

// drop forgets whatever is on its way into force.
func (l *loop) drop() {
	r := &l.reload
	r.waiting, r.again = nil, nil
	if c := r.candidate; c != nil && !c.bare { // what needs no pages is better than dark glass
		r.candidate = nil
	}
	r.number++
	if r.stop != nil {
		r.stop()
	}
}

// startEvaluation evaluates the waiting file, or else the last good one where none is in
// force; one at a time.
func (l *loop) startEvaluation(uptime time.Duration) {
	r := &l.reload
	if r.again != nil && uptime >= r.retry {
		r.waiting, r.again = r.again, nil
	}
	switch {
	case r.running:
	case r.waiting != nil:
		l.evaluate(*r.waiting, fromFile)
		r.waiting = nil
	case r.fallBack && r.lastGood != nil && l.policy == nil && r.candidate == nil:
		r.fallBack = false
		if r.lastGood.File == nil {
			l.o.Log.Info("there is no last good file to start from")
			return
		}
		l.evaluate(watch.Saved{Data: r.lastGood.File}, fromStore)
	}
}

func (l *loop) evaluate(file watch.Saved, origin origin) {
	r := &l.reload
	ctx, stop := context.WithCancel(l.ctx)
	r.running, r.stop = true, stop
	e := evaluation{number: r.number, file: file, origin: origin}
	evaluator, name := l.o.Evaluator, l.o.Name
	l.start(ctx, func(ctx context.Context) result {
		defer stop()
		e.config, e.err = evaluator.Evaluate(ctx, name, e.file.Data)
		return e
	})
}

func (e evaluation) take(l *loop) {
	r := &l.reload
	r.running = false
	if e.number != r.number || l.ctx.Err() != nil {
		return // a newer file waits
	}
	p, err := (*policy)(nil), e.err
	if err == nil {
		p, err = l.newPolicy(e.config, e.file.Data, e.origin)
	}
	switch {
	case err == nil:
		l.propose(p)
	case e.origin == fromStore:
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

// refuse marks the saved file as refused and keeps what is in force. Without anything in
// force it falls back to the last good file, and lights the displays of the refused one
// if those are sound, so that the glass can say that it is refused.
func (l *loop) refuse(s watch.Saved, err error) {
	r := &l.reload
	inForce := l.policy != nil || r.candidate != nil
	r.refused, l.changed = err, true
	l.reloads.Refused++
	l.log.refusal(l.o.Name, s.Hash, err, inForce)
	if inForce {
		return
	}
	if e, ok := errors.AsType[*schema.Error](err); ok && e.Display != nil {
		l.light(*e.Display)
	}
	r.fallBack = l.o.Store != nil
}

// accept notes that a policy is the saved file's.
func (l *loop) accept(p *policy) {
	p.origin = fromFile
	l.log.trouble(l.o.Name, "", l.o.Name+" is accepted again", nil)
	l.changed = l.changed || l.reload.refused != nil
	l.reload.refused = nil
}

// swap puts a candidate into force.
func (l *loop) swap(p *policy) {
	old, before := l.policy, l.verdict
	l.policy, l.reload.candidate = p, nil
	l.setPollings(p)
	now, uptime := l.o.Clock.Now()
	l.environments = p.Environments(l.known())
	l.verdict = p.Judge(l.environments, l.guard.asOf(now, l.good(p)))
	l.because = l.stale(now)
	l.until = now // the verdict was the old policy's
	l.light(p.Config.Display)
	l.pages.begin(uptime)
	l.changed = true
	l.facts++
	l.reloads.Accepted++
	l.reloads.Last = now
	l.o.Log.Info("the file is in force", "file", l.o.Name, "hash", p.Config.Hash[:min(12, len(p.Config.Hash))])
	change := PolicyChange{New: p.Policy, NewPages: p.pages, Before: before, After: l.verdict, Known: l.known()}
	if old != nil {
		change.Old, change.OldPages = old.Policy, old.pages
	}
	l.o.Changed(change)
	if old == nil && l.verdict.Lead.Known {
		l.logNumber(before, l.verdict)
	}
	switch p.origin {
	case fromFile:
		l.accept(p)
		l.saving.lastGood = &LastGood{p.file, p.Config}
	case fromStore:
		l.o.Log.Warn("this is the last good copy of the file, kept before the start")
	}
	l.forget()
}
