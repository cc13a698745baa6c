package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A question is one poll of a source, whose answer goes into a store.
type question struct {
	store  Store
	source Source
	view   view
	rules  []rules.Rule
	clock  func() time.Time

	guard  clockGuard                // before the server was asked
	state  func(time.Time) ClockWord // of the clock
	jumped func() bool               // the clock has jumped since
	jumps  int                       // see clockGuard
}

// A reply is what came of a question.
type reply struct {
	began   time.Time
	answer  Answer // as it was merged; the zero Answer if it was not
	server  string
	merged  Merged
	notes   []Note
	vouched bool  // the clock can be trusted
	agreed  bool  // since the server's agrees with it
	more    bool  // the source has more to say at once
	err     error // why the source was not asked whole
	unsaved error // why the answer does not survive a restart
}

// lastWrite is how long what was read is written after the end: less than the 2 s
// after which the program must have ended.
const lastWrite = 1500 * time.Millisecond

// ask polls and merges. What was read before ctx ended is merged too.
func (q *question) ask(ctx context.Context) reply {
	began := q.clock()
	a, err := q.source.Poll(ctx, q.store.Known(ctx, q.view.source), began)
	r := reply{began: began, server: a.Server, notes: a.Notes, more: a.More, err: err}
	guard := q.guard
	guard.heed(q.state(began))
	if q.jumped() {
		return r.untold(errors.New("the clock was set while the source was asked"))
	}
	answered := q.clock()
	r.agreed = agrees(began, answered, a.Date)
	if r.vouched = guard.vouches(began, answered, a.Date); !r.vouched {
		return r.untold(guard.doubt(began, a.Date))
	}
	r.sift(&a, q.clock()) // a first contact takes its time
	writing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWrite, stop) })()
	r.err = errors.Join(r.err, q.hold(writing, &a, r.err == nil && !a.More))
	r.merged, err = q.store.Merge(writing, q.view.source, a, r.err, began)
	if unsaved, ok := errors.AsType[*UnsavedError](err); ok {
		r.answer, r.unsaved = a, unsaved
	} else if err != nil {
		r.err = errors.Join(r.err, err)
	} else {
		r.answer = a
	}
	r.notes = append(r.notes, r.merged.Notes...)
	return r
}

// untold is the reply where nothing is taken in, because the clock by which it would be
// judged and stored is not trusted. A server that cannot be asked is the trouble that
// comes first.
func (r reply) untold(doubt error) reply {
	r.more = false
	if r.err == nil {
		r.err = &Trouble{Kind: TroubleClock, Err: doubt}
	}
	return r
}

// hold takes out of an answer what would let breaches drop out of a rule: that an
// environment which a rule names has another name now. It returns that, and of a
// whole answer also that a rule names what was never there, as an error.
func (q *question) hold(ctx context.Context, a *Answer, whole bool) error {
	c, err := q.store.Coverage(ctx, q.view.source)
	if err != nil {
		return err
	}
	known := q.view.of(c.Environments)
	with := slices.Clone(known)
	for _, e := range slices.Concat(a.Interrupted, a.Environments) {
		setEnvironment(&with, e)
	}
	lost := unscoped(q.rules, with)
	switch {
	case lost == nil && whole && len(known) > 0 && len(a.Environments) == 0:
		return &Trouble{Kind: TroubleMissing, Err: fmt.Errorf("the source has none of its environments any more; what is known of them stays: %s", names(known))}
	case lost == nil, !whole && (len(known) == 0 || unscoped(q.rules, known) != nil):
		return nil // or a part, which may have more to come
	}
	a.Environments = slices.DeleteFunc(slices.Clone(a.Environments), func(e rules.Environment) bool {
		return slices.ContainsFunc(known, func(was rules.Environment) bool {
			return was.ID == e.ID && (was.Name != e.Name || was.Project != e.Project)
		})
	})
	return &Trouble{Kind: TroubleMissing, Err: lost}
}

// sift takes the environments with a record that cannot be used out of an answer,
// with all of their records: beside others that are known, the next poll would not
// look for it any more.
func (r *reply) sift(a *Answer, now time.Time) {
	bad := map[string]bool{}
	for i := range a.Deployments {
		d := &a.Deployments[i]
		if _, ahead := d.Ahead(now); ahead {
			bad[d.EnvironmentID] = true
		}
		if d.Reversed() {
			text := fmt.Sprintf("deployment %s of %s ends before it begins; its ends are swapped", d.ID, d.Environment)
			r.notes = append(r.notes, Note{text, text})
		}
	}
	if len(bad) == 0 {
		return
	}
	r.err = errors.Join(r.err, Future(a.Deployments, now))
	a.Deployments = slices.DeleteFunc(slices.Clone(a.Deployments), func(d rules.Deployment) bool { return bad[d.EnvironmentID] })
	isBad := func(e rules.Environment) bool { return bad[e.ID] }
	a.Environments = slices.DeleteFunc(slices.Clone(a.Environments), isBad)
	a.Interrupted = slices.DeleteFunc(slices.Clone(a.Interrupted), isBad)
}

// Ask polls a source and takes what it says into a store, for judging with
// [Court.Read]. dir is where the policy file is. It tells note of oddities. An
// error means that the source could not be asked whole, or that the rules name
// environments which it does not have, or that the clock cannot be right or was set
// meanwhile: state tells how far it is trusted, and where it is not the source's Date
// has to agree, if it has one.
func Ask(ctx context.Context, c *schema.Config, dir string, store Store, source Source, clock Clock, state func(time.Time) ClockWord, note func(string)) error {
	guard := clockGuard{trusted: true}
	now, uptime := clock.Now()
	guard.step(clock, now, uptime)
	q := question{
		store: store, source: source, view: newView(c, dir), rules: c.Rules,
		clock: func() time.Time { now, _ := clock.Now(); return now },
		guard: guard, state: state, jumped: guard.jumped(clock),
	}
	for {
		r := q.ask(ctx)
		for _, n := range r.notes {
			note(n.Text)
		}
		if r.err != nil || !r.more {
			return r.err
		}
	}
}
