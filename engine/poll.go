package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

// pollState is how one source of the policy in force is polled.
type pollState struct {
	PolicySource
	config *schema.Config // that it is opened for
	source source.Source  // nil until it is opened

	stop     context.CancelFunc // ends the poll that is under way; nil: none is
	began    time.Time          // when the last poll began; zero: poll without waiting
	every    time.Duration      // the interval when the last poll without error began
	failures int                // in a row
	retry    time.Time          // when failures > 0
	err      error              // of the last poll
	server   string             // that answered
}

// sourceText returns what a configuration says of a source, to be compared.
func sourceText(c *schema.Config, name string) string {
	text, _ := json.Marshal([]any{c.Source(name), c.History, c.Timezone}) // a configuration can be encoded
	return string(text)
}

// setPolls makes the sources that are polled those of a policy, and keeps the state of
// those that stay the same.
func (l *loop) setPolls(p *activePolicy) {
	old := l.polls
	l.polls = nil
	for _, s := range p.Sources {
		next := &pollState{PolicySource: s, config: p.Config}
		for _, was := range old {
			if was.Key == s.Key && sourceText(was.config, s.Name) == sourceText(p.Config, s.Name) {
				next = was
			}
		}
		l.polls = append(l.polls, next)
	}
	for _, was := range old {
		if was.stop != nil && !slices.Contains(l.polls, was) {
			was.stop()
		}
	}
}

// pollNow polls every source without waiting.
func (l *loop) pollNow() {
	for _, p := range l.polls {
		p.began = time.Time{}
	}
}

// restartPolls is pollNow for a person who asks for it: a poll that is under way, which
// may hang, is given up together with its source.
func (l *loop) restartPolls() {
	for i, p := range l.polls {
		if p.stop != nil {
			p.stop()
			fresh := *p
			fresh.stop, fresh.source = nil, nil
			l.polls[i] = &fresh
		}
	}
	l.pollNow()
}

// startPolls polls each source that is due. A policy from the store polls nothing until
// the saved file is refused: that file may name other sources.
func (l *loop) startPolls(now time.Time) {
	if l.policy == nil || l.policy.origin == asStored && l.status.Refused == nil {
		return
	}
	for _, p := range l.polls {
		if p.stop != nil || now.Before(l.nextPoll(p, now)) {
			continue
		}
		ctx, stop := context.WithCancel(l.ctx)
		p.stop, p.began = stop, now
		every, jumps := l.schedule.every, l.guard.jumps
		t := &poll{facts.Poll{Began: now, Selection: p.Selection}, p.source, l.source(p.Key).known}
		open := func() (source.Source, error) { return l.o.Open(p.config, p.Name) }
		l.tasks.Start(func() { t.run(ctx, open, l.o.Clock) }, func() { l.polled(p, t, every, jumps) })
	}
}

// nextPoll returns when to poll next; zero while a poll is under way. A clock that was set
// back does not put the poll off.
func (l *loop) nextPoll(p *pollState, now time.Time) time.Time {
	switch {
	case p.stop != nil:
		return time.Time{}
	case p.began.IsZero(), now.Before(p.began):
		return now
	case p.failures > 0:
		return p.retry
	}
	return p.began.Add(l.schedule.every)
}

// poll asks a source for what is new.
type poll struct {
	facts.Poll
	source source.Source // nil until it is opened
	known  source.Known
}

func (t *poll) run(ctx context.Context, open func() (source.Source, error), clock Clock) {
	if t.source == nil {
		t.source, t.Err = open()
	}
	if t.Err == nil {
		t.Answer, t.Err = t.source.Poll(ctx, &t.known, t.Began)
	}
	t.Now, _ = clock.Now()
}

// polled takes in what a poll brought. every is the interval when it began, and jumps how
// often the clock had jumped by then.
func (l *loop) polled(p *pollState, t *poll, every time.Duration, jumps int) {
	p.stop()
	p.stop, p.source = nil, t.source
	if l.ctx.Err() != nil || !slices.Contains(l.polls, p) {
		return // the policy reads another source by now
	}
	notes, trouble := t.Answer.Notes, t.Err
	if jumps != l.guard.jumps {
		p.began, trouble = time.Time{}, errClockSet
	} else if err := l.guard.confirm(&t.Poll); err != nil {
		trouble = cmp.Or(trouble, err)
	} else {
		notes = slices.Concat(notes, l.merge(p, t))
	}
	for _, n := range notes {
		l.log.Note(p.Name, n.Topic, n.Text)
	}
	if s := t.Answer.Server; s != "" && s != p.server {
		p.server = s
		l.o.Log.Info("the source answers", "source", p.Name, "server", s)
	}
	l.ended(p, trouble, t.Answer.More, l.now())
	if trouble == nil {
		p.every = every // only now, so that a shorter interval makes nothing stale before a poll has ended
	}
	l.until, l.changed = time.Time{}, true
}

// merge takes an answer into what is known.
func (l *loop) merge(p *pollState, t *poll) []source.Note {
	s := l.source(p.Key)
	t.Interval, t.Room = l.within()/2, l.policy.room(l.known())
	known, changes, notes := facts.Merge(s.known, t.Poll)
	s.known = known
	if l.o.Store != nil {
		s.add(changes)
	}
	if !changes.Empty() {
		l.factsChanged()
	}
	return notes
}

// The waits after polls that failed: 2 s, doubling to 20 min, of which up to a quarter is
// taken off by chance, so that many walls do not poll at the same time. A day without a
// server costs less than 120 polls.
const (
	minRetry = 2 * time.Second
	maxRetry = 20 * time.Minute
)

// ended notes how a poll ended, and sets when to poll next.
func (l *loop) ended(p *pollState, err error, more bool, now time.Time) {
	notAsked, after := false, time.Duration(0)
	for _, e := range source.All(err) {
		notAsked, after = notAsked || e.NotAsked, max(after, e.RetryAfter)
	}
	switch {
	case err != nil:
		wait := min(minRetry<<min(p.failures, 10), maxRetry)
		wait = wait*3/4 + time.Duration(l.o.Jitter()*float64(wait/4))
		p.failures++
		p.retry = now.Add(max(wait, after))
	case more:
		p.failures, p.began = 0, time.Time{}
	default:
		p.failures = 0
	}
	if notAsked && p.err != nil {
		return // the source was not asked, so the earlier reason stays
	}
	p.err = err
	begins := "polling failed; the last number stays, marked stale, and the source is polled again"
	if !l.status.Verdict.Lead.Known {
		begins = "polling failed; no number is known yet, and the source is polled again"
	}
	l.log.Trouble("poll "+p.Name, begins, "polling works again", err, "source", p.Name)
}

// A Poller polls the sources of a policy once, for a command.
type Poller struct {
	Policy *Policy
	// Known is what is known before, of each source that is.
	Known []source.Known
	// Open makes the source of that name.
	Open  func(name string) (source.Source, error)
	Clock Clock
	// ClockState tells how far the clock can be trusted; where it is not, the source's
	// Date has to agree, if it has one.
	ClockState func(time.Time) ClockStatus
	// Save writes what a poll changed; an error becomes a note and does not stop the polls.
	Save func(known *source.Known, changes source.Changes) error
	// Note is called with each note of a source.
	Note func(string)
}

// Poll polls each source, a first reading to its end, and returns what is then known. The
// error joins why sources could not be read whole: also then what is known is returned.
func (p *Poller) Poll(ctx context.Context) ([]source.Known, error) {
	list := p.Policy.known(p.Known)
	var errs []error
	for i, s := range p.Policy.Sources {
		t := new(poll)
		for more := true; more; more = t.Answer.More && t.Err == nil {
			t.Poll = facts.Poll{Selection: s.Selection, Interval: p.Policy.Longest(), Room: p.Policy.room(list)}
			t.known = list[i]
			list[i], t.Err = p.poll(ctx, t)
		}
		errs = append(errs, p.named(s.Name, t.Err))
	}
	return list, errors.Join(errs...)
}

// named returns an error with the source before each reason, if the policy has several.
func (p *Poller) named(name string, err error) error {
	if err == nil || len(p.Policy.Sources) == 1 {
		return err
	}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var errs []error
	for _, e := range list {
		errs = append(errs, fmt.Errorf("source %s: %w", name, e))
	}
	return errors.Join(errs...)
}

// poll polls a source once, and returns what is then known of it.
func (p *Poller) poll(ctx context.Context, t *poll) (source.Known, error) {
	began, uptime := p.Clock.Now()
	guard := clockGuard{trusted: true, latest: facts.Latest([]source.Known{t.known}, began)}
	guard.step(began, uptime)
	guard.update(p.ClockState(began), began)
	t.Began = began
	t.run(ctx, func() (source.Source, error) { return p.Open(t.known.Name) }, p.Clock)
	switch {
	case ctx.Err() != nil:
		return t.known, errors.Join(t.Err, ctx.Err())
	case guard.step(p.Clock.Now()).Abs() > clockSlack:
		return t.known, errors.Join(t.Err, errClockSet)
	}
	if err := guard.confirm(&t.Poll); err != nil {
		return t.known, errors.Join(t.Err, err)
	}
	next, changes, notes := facts.Merge(t.known, t.Poll)
	for _, n := range slices.Concat(t.Answer.Notes, notes) {
		p.Note(n.Text)
	}
	if err := p.Save(&next, changes); err != nil {
		p.Note(err.Error())
	}
	return next, t.Err
}
