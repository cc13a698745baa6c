package rules

import (
	"iter"
	"time"
)

// An Explanation says why a streak is what it is. Its deployments are what the
// [Explainer] was given: see [Explanation.Deployments].
type Explanation struct {
	Streak  Streak // as [Judge.Streak] says
	Decides Decider

	// Met is what the deciding breach met; nil unless a breach decides.
	Met *Met
	// RunnerUp is the breach before the deciding one, whatever the rule's
	// since; where no breach decides, the latest. Nil if there is none.
	RunnerUp    *Breach
	RunnerUpMet *Met

	// Limits are the environments that are known from the streak's beginning
	// only; nil unless coverage decides. Those that make a streak unknown are
	// in Streak.Missing.
	Limits []Environment

	// LeftOut are the deployments that met a forbidden window and do not
	// count, the latest first, at most [MaxLeftOut] of each reason. LeftOutCount
	// has the numbers of all.
	LeftOut      []LeftOut
	LeftOutCount map[Reason]int

	// NearMiss is the deployment since the streak began that came closest to
	// a forbidden window; nil if there is none.
	NearMiss *NearMiss
}

// Decider says what a streak begins with.
type Decider string

// The deciders.
const (
	DecidedByBreach   Decider = "breach"
	DecidedBySince    Decider = "since"    // the rule's
	DecidedByCoverage Decider = "coverage" // how far the facts reach back; the streak is at least
	DecidedByNothing  Decider = "unknown"
)

// Explain explains the streak of all facts as of now.
func (j *Judge) Explain(f *Facts, now time.Time) Explanation {
	x := NewExplainer(j, now)
	for i := range f.Deployments {
		x.Add(&f.Deployments[i])
	}
	return x.Explain(f.Environments)
}

// An Explainer explains from deployments that it sees one after the other, in any
// order, each once. What it keeps hardly grows with their number. It looks at what a
// [Ledger] does, and a store may leave out the rest: URL, and Version unless
// [Judge.ReadsVersion]. It may be used from one goroutine at a time.
type Explainer struct {
	judge  *Judge
	now    time.Time
	all    schedule   // the rule's windows, nothing excepted
	latest [2]decided // the latest breaches, the latest first
	left   map[Reason]*leftOut
	near   nearMisses
}

// A decided is a deployment and its verdict.
type decided struct {
	verdict
	by Deployment
}

// NewExplainer returns one that explains as of now.
func NewExplainer(j *Judge, now time.Time) *Explainer {
	return &Explainer{
		judge: j, now: now,
		all:  schedule{j.forbidden.zone, newCalendar(j.rule.Forbid, nil)},
		left: map[Reason]*leftOut{},
	}
}

// Add takes in a deployment. It keeps a copy of those that the explanation may
// show, with the same texts: their memory must not be used for others afterwards.
func (x *Explainer) Add(d *Deployment) {
	was, there := *d, true
	if d.later(x.now) {
		was, there = d.AsOf(x.now)
	}
	var v verdict
	if there {
		v = x.judge.judge(&was, x.now)
	}
	if !v.broke {
		x.consider(d, &was, there)
		return
	}
	if v.at.Before(x.judge.since) {
		x.leave(&was, v, ReasonSince)
	}
	for i := range x.latest {
		if v.beats(x.latest[i].verdict, &was, &x.latest[i].by) {
			copy(x.latest[i+1:], x.latest[i:])
			x.latest[i] = decided{v, was}
			return
		}
	}
}

// Explain explains what was added.
func (x *Explainer) Explain(environments []Environment) Explanation {
	first := &x.latest[0]
	e := Explanation{Streak: x.judge.streak(environments, x.now, first.verdict, &first.by)}
	switch s := e.Streak; {
	case !s.Known:
		e.Decides = DecidedByNothing
	case s.AtLeast:
		e.Decides = DecidedByCoverage
		for _, env := range environments {
			if env.CompleteFrom.Equal(s.Since) && x.judge.InScope(env.ProjectID, env.Project, env.ID, env.Name) {
				e.Limits = append(e.Limits, env)
			}
		}
	case s.Breach != nil:
		e.Decides = DecidedByBreach
		e.Met = x.met(first)
		first = &x.latest[1]
	default:
		e.Decides = DecidedBySince
	}
	if first.broke {
		e.RunnerUp = &Breach{Deployment: first.by, At: first.at.In(x.judge.forbidden.loc), Running: first.running}
		e.RunnerUpMet = x.met(first)
	}
	e.LeftOut, e.LeftOutCount = x.leftOut()
	if e.Streak.Known {
		e.NearMiss = x.near.since(e.Streak.Since)
	}
	return e
}

// Deployments goes through all fields of type [Deployment], each once: that of
// Streak.Breach, of RunnerUp, of each in LeftOut, and of NearMiss. A deployment may
// be in two of them, as the runner-up that was left out because of since. Whoever
// gave lean ones can complete their texts here, by Ref; dates, State and LifeCycle
// are as of the judgement and stay.
func (e *Explanation) Deployments() iter.Seq[*Deployment] {
	return func(yield func(*Deployment) bool) {
		if b := e.Streak.Breach; b != nil && !yield(&b.Deployment) {
			return
		}
		if b := e.RunnerUp; b != nil && b != e.Streak.Breach && !yield(&b.Deployment) {
			return
		}
		for i := range e.LeftOut {
			if !yield(&e.LeftOut[i].Deployment) {
				return
			}
		}
		if e.NearMiss != nil {
			yield(&e.NearMiss.Deployment)
		}
	}
}

// met returns what a breach met.
func (x *Explainer) met(d *decided) *Met {
	m, _ := x.judge.Met(&d.by, x.now)
	return &m
}
