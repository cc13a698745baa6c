package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// asking is the state of polling.
type asking struct {
	facts   *facts // in force
	reading *facts // of the present source; becomes facts with its first whole answer

	running  bool
	stop     context.CancelFunc
	number   int           // of the present source; answers to older ones are dropped
	now      bool          // poll without waiting
	began    time.Time     // when the last poll began; zero: none yet
	every    time.Duration // the interval then
	lastGood time.Time     // when the last poll without error began
	failures int           // in a row
	retry    time.Time     // when failures > 0
	err      error         // of the last poll
	server   string        // that answered
	kind     Kind
}

// polled is what came of a poll.
type polled struct {
	number int
	began  time.Time
	answer Answer
	err    error
}

// start begins anew with another source. The facts stay in force until the new
// source has answered whole.
func (a *asking) start() {
	a.reading = newFacts()
	a.number++
	a.began, a.failures, a.err, a.kind = time.Time{}, 0, nil, TroubleOther
	if a.stop != nil {
		a.stop()
	}
}

// startPoll asks the source when it is time.
func (l *loop) startPoll(now time.Time) {
	a := &l.asking
	if l.policy == nil || a.running || !a.now && now.Before(l.nextPoll(now)) {
		return
	}
	ctx, stop := context.WithCancel(l.ctx)
	a.running, a.stop, a.now = true, stop, false
	a.began, a.every = now, l.policy.at(now).every
	job, source, known := polled{number: a.number, began: now}, l.policy.source, a.reading
	go func() {
		defer stop()
		job.answer, job.err = source.Poll(ctx, known, now)
		l.polled <- job
	}()
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
func (l *loop) answer(p polled) {
	a := &l.asking
	a.running = false
	if p.number != a.number || l.ctx.Err() != nil {
		return
	}
	now, _ := l.o.Clock.Now()
	for _, note := range p.answer.Notes {
		l.talk.note(note.Topic, note.Text)
	}
	if s := p.answer.Server; s != "" && s != a.server {
		a.server = s
		l.o.Log.Info("answered by", "server", s)
	}
	err := l.sift(&p.answer, p.err, now)
	if outside := unscoped(l.policy.config.Rules, a.reading.with(p.answer)); outside != nil {
		// To merge this would let breaches drop out of a rule without a word.
		err = errors.Join(err, &Trouble{Kind: TroubleMissing, Err: outside})
	} else {
		a.reading.merge(p.answer)
	}
	if err == nil {
		a.facts, a.lastGood, a.failures = a.reading, p.began, 0
	} else {
		l.failed(err, now)
	}
	trouble := troubleOf(err)
	a.kind = trouble.Kind
	if !trouble.Unasked || a.err == nil {
		a.err = err
		l.talk.trouble("poll", l.pollTrouble(), "polling works again", err)
	}
	l.until, l.changed = time.Time{}, true
}

// pollTrouble says what becomes of the number when a poll goes wrong.
func (l *loop) pollTrouble() string {
	if !l.verdict.Lead.Known {
		return "polling went wrong; no number is known yet"
	}
	return "polling went wrong; the last number stays, marked stale"
}

// sift takes records that cannot be used out of an answer, and with them the
// claim that their environment was read whole.
func (l *loop) sift(a *Answer, err error, now time.Time) error {
	bad := map[string]bool{}
	for i := range a.Deployments {
		d := &a.Deployments[i]
		if _, ahead := d.Ahead(now); ahead {
			bad[d.EnvironmentID] = true
		}
		if d.Reversed() {
			text := fmt.Sprintf("deployment %s of %s ends before it begins; its ends are swapped", d.ID, d.Environment)
			l.talk.note(text, text)
		}
	}
	if len(bad) == 0 {
		return err
	}
	err = errors.Join(err, future(a.Deployments, now))
	a.Deployments = slices.DeleteFunc(slices.Clone(a.Deployments), func(d rules.Deployment) bool {
		_, ahead := d.Ahead(now)
		return ahead
	})
	a.Environments = slices.DeleteFunc(slices.Clone(a.Environments), func(e rules.Environment) bool { return bad[e.ID] })
	return err
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
	if a.failures > 0 || l.unscoped != nil {
		return true
	}
	if a.lastGood.IsZero() {
		return false // nothing is known yet
	}
	return a.facts != a.reading || !now.Before(l.staleAt(now))
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
