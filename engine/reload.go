package engine

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// reload is the way of a saved file into force: evaluate, load what is known of its
// sources, compute the pages, swap. Until the swap nothing on the glass changes.
type reload struct {
	waiting   *watch.Saved       // newest saved file, not yet evaluated
	notBefore time.Duration      // uptime of its evaluation, where one failed for a reason outside the file
	stop      context.CancelFunc // drops the evaluation that is under way; nil: none is
	candidate *activePolicy      // not yet in force

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

// activePolicy is an accepted counter.cue. Only its pages and its origin change after it is
// made.
type activePolicy struct {
	*Policy
	file   []byte
	origin origin

	pages        []schema.Page // for live
	live         schema.Live
	pagesErr     error // why the pages cannot be shown: the bare number stands for them
	withoutPages bool  // they are not computed yet: the bare number stands for them
}

// reads reports whether there is a policy and it reads a source.
func (p *activePolicy) reads(key source.Key) bool { return p != nil && slices.Contains(p.Keys(), key) }

// lastGoodLoaded starts with the last good configuration, if this very program evaluated
// it, so that the glass is lit before counter.cue is evaluated.
func (l *loop) lastGoodLoaded(g LastGood) {
	l.reload.lastGood = &g
	if g.Config != nil && l.policy == nil && l.reload.candidate == nil {
		_ = l.propose(g.Config, g.File, asStored) // an error: the glass waits for the evaluation
	}
}

// propose makes a policy of a configuration the next to come into force.
func (l *loop) propose(config *schema.Config, file []byte, origin origin) error {
	p, err := NewPolicy(config, filepath.Dir(l.o.Name))
	if err != nil {
		return err
	}
	l.reload.candidate = &activePolicy{Policy: p, file: file, origin: origin, withoutPages: origin == asStored}
	for _, s := range p.Sources {
		l.source(s.Key) // which has the store load it
	}
	return nil
}

// ready reports whether what is known of a candidate's sources is there, or cannot be.
func (l *loop) ready(p *activePolicy) bool {
	return l.status.Store != nil || !slices.ContainsFunc(p.Sources, func(s PolicySource) bool { return !l.source(s.Key).loaded })
}

// saved takes in a new content of counter.cue, and drops what is on its way into force.
func (l *loop) saved(s watch.Saved) {
	r := &l.reload
	l.changed = l.changed || (s.Warning == nil) != (l.status.FileWarning == nil)
	l.status.FileWarning = s.Warning
	l.log.Trouble("watch", "changes to the file may be noticed late or never; the version read last stays in force",
		"changes to the file are noticed at once again", s.Warning, "file", l.o.Name)
	if c := r.candidate; c != nil && c.withoutPages && s.Err == nil && s.Hash == c.Config.Hash {
		l.accept(c)
		return
	}
	if c := r.candidate; c != nil && !c.withoutPages { // the last good one is better than dark glass
		r.candidate = nil
	}
	if r.stop != nil {
		r.stop()
	}
	r.waiting, r.notBefore = nil, 0
	if s.Reloaded {
		l.restartPolls()
	}
	switch {
	case s.Err != nil:
		l.refuse(s.Err)
	case l.policy != nil && s.Hash == l.policy.Config.Hash:
		l.accept(l.policy)
	default:
		r.waiting = &s
	}
}

// startEvaluation evaluates the waiting file, or else the last good one where none is in
// force; one at a time.
func (l *loop) startEvaluation(uptime time.Duration) {
	r := &l.reload
	switch {
	case r.stop != nil:
	case r.waiting != nil && uptime >= r.notBefore:
		l.evaluate(*r.waiting, fromFile)
		r.waiting = nil
	case r.fallBack && r.lastGood != nil && l.policy == nil && r.candidate == nil:
		r.fallBack = false
		if r.lastGood.File == nil {
			l.o.Log.Info("there is no last good copy of the file either; nothing is shown until a good file is saved", "file", l.o.Name)
			return
		}
		l.evaluate(watch.Saved{Data: r.lastGood.File}, fromStore)
	}
}

func (l *loop) evaluate(file watch.Saved, origin origin) {
	r := &l.reload
	ctx, stop := context.WithCancel(l.ctx)
	r.stop = stop
	var config *schema.Config
	var err error
	l.tasks.Start(func() { config, err = l.o.Evaluator.Evaluate(ctx, l.o.Name, file.Data) }, func() {
		dropped := ctx.Err() != nil
		stop()
		r.stop = nil
		if !dropped {
			l.evaluated(file, origin, config, err)
		}
	})
}

// evaluated makes a candidate of a file that was evaluated.
func (l *loop) evaluated(file watch.Saved, origin origin, config *schema.Config, err error) {
	if err == nil {
		err = l.propose(config, file.Data, origin)
	}
	switch {
	case err == nil:
	case origin == fromStore:
		l.o.Log.Warn("the last good copy of the file cannot be used either; nothing is shown until a good file is saved",
			"file", l.o.Name, "error", err)
	default:
		l.refuse(err)
		if !blamesFile(err) {
			l.reload.waiting, l.reload.notBefore = &file, l.uptime()+maxSleep
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
func (l *loop) refuse(err error) {
	r := &l.reload
	if l.status.Refused == nil {
		l.status.Reloads.RefusedSince = l.now()
	}
	l.status.Refused, l.changed = err, true
	l.status.Reloads.Refused++
	if r.notBefore > 0 && !blamesFile(err) {
		return // it was tried again
	}
	inForce := l.policy != nil || r.candidate != nil
	begins := "the file is refused; nothing changes until it is corrected"
	if !inForce {
		begins = "the file is refused, and there is none in force; the last good copy is tried"
	}
	l.o.Log.Warn(begins, "file", l.o.Name)
	for line := range strings.Lines(err.Error()) {
		l.o.Log.Warn("error in the refused file", "error", strings.TrimRight(line, "\n"))
	}
	if inForce {
		return
	}
	if e, ok := errors.AsType[*schema.Error](err); ok && e.Display != nil {
		l.glass.Light(*e.Display, l.o.Slots(*e.Display))
	}
	r.fallBack = l.o.Store != nil
}

// accept notes that a policy is the saved file's.
func (l *loop) accept(p *activePolicy) {
	was := p.origin
	if p.origin = fromFile; p == l.policy && was == asStored {
		l.logInForce(p)
	}
	if l.status.Refused != nil {
		l.status.Refused, l.changed = nil, true
		l.o.Log.Info("the file is accepted again", "file", l.o.Name)
	}
}

// swap puts a candidate into force.
func (l *loop) swap(p *activePolicy) {
	now := l.now()
	change := PolicyChange{New: p.Policy, NewPages: p.pages, Before: l.status.Verdict}
	if old := l.policy; old != nil {
		change.Old, change.OldPages = old.Policy, old.pages
	}
	l.policy, l.reload.candidate = p, nil
	l.schedule = p.at(now)
	l.setPolls(p)
	l.status.Environments = p.Environments(l.known())
	l.setVerdict(l.asOf(p, now), now)
	l.glass.Light(p.Config.Display, l.o.Slots(p.Config.Display))
	l.pages.next = 0
	l.status.Reloads.Accepted++
	l.status.Reloads.Last = now
	l.logInForce(p)
	change.After, change.Known = l.status.Verdict, l.known()
	l.o.Changed(change)
	if change.Old == nil && l.status.Verdict.Lead.Known {
		l.logNumber(change.Before, l.status.Verdict)
	}
	if p.origin == fromFile {
		l.accept(p)
		l.saving.lastGood = &LastGood{p.file, p.Config}
	}
	l.dropSources()
}

// logInForce logs which policy is in force.
func (l *loop) logInForce(p *activePolicy) {
	log := l.o.Log.With("file", l.o.Name, "hash", p.Config.Hash[:min(12, len(p.Config.Hash))])
	switch p.origin {
	case fromFile:
		log.Info("the file is in force")
	case asStored:
		log.Info("the policy of the last run is in force until the saved file is evaluated")
	case fromStore:
		log.Warn("the last good copy of the file is in force until a good file is saved")
	}
}
