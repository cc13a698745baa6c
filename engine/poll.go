package engine

import (
	"context"
	"time"
)

// asking is the state of polling.
type asking struct {
	running  bool
	stop     context.CancelFunc
	number   int                  // of the present source; answers to older ones are dropped
	now      bool                 // poll without waiting
	began    time.Time            // when the last poll began; zero: none yet
	every    time.Duration        // the interval then
	answers  int                  // of the present source that were whole, since the start
	lastGood time.Time            // when the last poll without error began
	read     map[string]time.Time // when the last poll began that read an environment, by id
	failures int                  // in a row
	retry    time.Time            // when failures > 0
	err      error                // of the last poll
	server   string               // that answered
	kind     Kind
}

// start begins anew with another source. The facts stay in force until the new
// source has answered whole.
func (a *asking) start() {
	a.number++
	a.answers = 0
	a.read = map[string]time.Time{}
	a.began, a.failures, a.err, a.kind = time.Time{}, 0, nil, TroubleOther
	if a.stop != nil {
		a.stop()
	}
}

// startPoll asks the source when it is time.
func (l *loop) startPoll(now time.Time) {
	a := &l.asking
	if l.policy == nil || a.running || l.reload.unconfirmed || !a.now && now.Before(l.nextPoll(now)) {
		return
	}
	ctx, stop := context.WithCancel(l.ctx)
	a.running, a.stop, a.now = true, stop, false
	a.began, a.every = now, l.policy.at(now).every
	number := a.number
	q := question{
		store: l.o.Store, source: l.policy.source, view: l.policy.view, rules: l.policy.config.Rules, clock: l.now,
		guard: l.guard, state: l.o.ClockState, jumped: l.guard.jumped(l.o.Clock), jumps: l.guard.jumps,
	}
	l.start(func() func() {
		defer stop()
		r := q.ask(ctx)
		return func() { l.answer(number, &q, &r) }
	})
}

// now is the policy's instant; it may be called from any goroutine.
func (l *loop) now() time.Time {
	now, _ := l.o.Clock.Now()
	return now
}

// nextPoll returns when to ask next; zero while a poll is under way. A clock
// that was set back does not put the poll off.
func (l *loop) nextPoll(now time.Time) time.Time {
	a := &l.asking
	switch {
	case a.running:
		return time.Time{}
	case a.began.IsZero(), now.Before(a.began):
		return now
	case a.failures > 0:
		return a.retry
	}
	return a.began.Add(l.policy.at(now).every)
}

// answer takes in what a poll brought.
func (l *loop) answer(number int, q *question, r *reply) {
	a := &l.asking
	a.running = false
	l.guard.vouch(q, r)
	// Even what an older source said is stored, and will not be said again.
	l.learn(q.view.source, r)
	l.until, l.changed = time.Time{}, true
	if number != a.number || l.ctx.Err() != nil {
		return
	}
	for _, note := range r.notes {
		l.talk.note(note.Topic, note.Text)
	}
	if r.server != "" && r.server != a.server {
		a.server = r.server
		l.o.Log.Info("answered by", "server", r.server)
	}
	for _, e := range r.answer.Environments {
		a.read[e.ID] = r.began
	}
	l.talk.trouble("store", "what is known is kept in memory only and is gone after a restart", "what is known is kept again", r.unsaved)
	switch {
	case r.err != nil:
		now, _ := l.o.Clock.Now()
		l.failed(r.err, now)
	case r.more:
		a.failures, a.now = 0, true
		for _, e := range r.answer.Interrupted {
			l.o.Log.Info("first contact goes on", "project", e.Project, "environment", e.Name, "read_back_to", e.CompleteFrom.In(l.policy.court.Zone()).Format(time.DateOnly))
		}
	default:
		a.answers, a.lastGood, a.failures = a.answers+1, r.began, 0
	}
	trouble := troubleOf(r.err)
	a.kind = trouble.Kind
	if !trouble.Unasked || a.err == nil {
		a.err = r.err
		l.talk.trouble("poll", l.pollTrouble(), "polling works again", r.err)
	}
}

// pollTrouble says what becomes of the number when a poll goes wrong.
func (l *loop) pollTrouble() string {
	if !l.verdict.Lead.Known {
		return "polling went wrong; no number is known yet"
	}
	return "polling went wrong; the last number stays, marked stale"
}

// The waits after polls that went wrong: 2 s, doubling to 15 min, half of it by
// chance, which keeps a day without a server under 120 polls (reliability C10).
const (
	minRetry = 2 * time.Second
	maxRetry = 15 * time.Minute
)

// failed sets when to ask again.
func (l *loop) failed(err error, now time.Time) {
	a := &l.asking
	a.failures++
	wait := min(minRetry<<min(a.failures-1, 10), maxRetry)
	wait = wait/2 + time.Duration(l.o.Jitter()*float64(wait/2))
	a.retry = now.Add(max(wait, troubleOf(err).RetryAfter))
}

// stale reports whether the facts may have been overtaken.
func (l *loop) stale(now time.Time) bool {
	a := &l.asking
	if a.failures > 0 || l.unscoped != nil || !l.guard.trusted {
		return true
	}
	if l.policy == nil || l.policy.docket.err == nil && l.policy.docket.good.IsZero() {
		return false // nothing is known yet
	}
	return a.answers == 0 || l.policy.docket.err != nil || !now.Before(l.staleAt(now))
}

// staleAt returns when the facts become stale if no poll succeeds before; zero
// if there are none.
func (l *loop) staleAt(now time.Time) time.Time {
	if l.policy == nil || l.asking.lastGood.IsZero() {
		return time.Time{}
	}
	// Where a shorter interval has just come into force, the longer one still counts.
	return l.asking.lastGood.Add(2 * max(l.asking.every, l.policy.at(now).every))
}
