package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/schema"
)

// polling is the state of polling one source of the policy in force.
type polling struct {
	PolicySource
	config *schema.Config // that it is opened for
	source source.Source  // nil until it is opened

	running  bool
	stop     context.CancelFunc
	now      bool          // poll without waiting
	began    time.Time     // when the last poll began; zero: none yet
	every    time.Duration // the interval when the last poll without error began
	jumps    int           // see clockGuard: those before it began
	good     time.Time     // when the last poll began that had no error and nothing more to read
	failures int           // in a row
	retry    time.Time     // when failures > 0
	err      error         // of the last poll
	server   string        // that answered
}

// sourceText returns what a configuration says of its sources, to be compared.
func sourceText(c *schema.Config) string {
	text, _ := json.Marshal([]any{c.Source, c.History, c.Timezone}) // a configuration can be encoded
	return string(text)
}

// setPollings makes the sources that are polled those of a policy, and keeps the state of
// those that stay the same.
func (l *loop) setPollings(p *policy) {
	old := l.pollings
	l.pollings = nil
	for _, s := range p.Sources {
		next := &polling{PolicySource: s, config: p.Config}
		for _, was := range old {
			if was.Key == s.Key && sourceText(was.config) == sourceText(p.Config) {
				next = was
			}
		}
		l.pollings = append(l.pollings, next)
	}
	for _, was := range old {
		if was.running && !slices.Contains(l.pollings, was) {
			was.stop()
		}
	}
}

// pollNow polls every source without waiting.
func (l *loop) pollNow() {
	for _, p := range l.pollings {
		p.now = true
	}
}

// pollAnew is pollNow for a person who asks for it: a poll that is under way, which may
// hang, is given up together with its source.
func (l *loop) pollAnew() {
	for i, p := range l.pollings {
		if p.running {
			p.stop()
			again := *p
			again.running, again.source = false, nil
			l.pollings[i] = &again
		}
	}
	l.pollNow()
}

// startPolls polls each source that is due. A policy from the store polls nothing until
// the saved file is refused: that file may name other sources.
func (l *loop) startPolls(now time.Time) {
	if l.policy == nil || l.policy.origin == asStored && l.reload.refused == nil {
		return
	}
	for _, p := range l.pollings {
		if !p.running && l.source(p.Key).reading != notRead && (p.now || !now.Before(l.nextPoll(p, now))) {
			l.poll(p, now)
		}
	}
}

// poll asks a source, which is opened if it is not yet.
func (l *loop) poll(p *polling, now time.Time) {
	p.running, p.now = true, false
	p.began, p.jumps = now, l.guard.jumps
	ctx, stop := context.WithCancel(l.ctx)
	p.stop = stop
	r, known := polled{polling: p, source: p.source, every: l.policy.at(now).every}, l.source(p.Key).known
	config, open, clock := p.config, l.o.Open, l.o.Clock
	l.start(ctx, func(ctx context.Context) result {
		defer stop()
		if r.source == nil {
			r.source, r.err = open(config, p.Name)
		}
		if r.err == nil {
			r.answer, r.err = r.source.Poll(ctx, &known, now)
		}
		r.answered, _ = clock.Now()
		return r
	})
}

// nextPoll returns when to ask next; zero while a poll is under way. A clock that was set
// back does not put the poll off.
func (l *loop) nextPoll(p *polling, now time.Time) time.Time {
	switch {
	case p.running:
		return time.Time{}
	case p.began.IsZero(), now.Before(p.began):
		return now
	case p.failures > 0:
		return p.retry
	}
	return p.began.Add(l.policy.at(now).every)
}

// polled is what a poll brought.
type polled struct {
	polling  *polling
	source   source.Source
	every    time.Duration // the interval when it began
	answer   source.Answer
	err      error
	answered time.Time
}

func (r polled) take(l *loop) {
	p := r.polling
	p.running, p.source = false, r.source
	if l.ctx.Err() != nil || !slices.Contains(l.pollings, p) {
		return // nobody asks that any more
	}
	now := l.now()
	notes := r.answer.Notes
	trouble := l.doubt(&r)
	if trouble == nil {
		trouble = r.err
		notes = slices.Concat(notes, l.merge(p, &r, now))
	}
	for _, n := range notes {
		l.log.note(p.Name+" "+n.Topic, n.Text)
	}
	if s := r.answer.Server; s != "" && s != p.server {
		p.server = s
		l.o.Log.Info("answered by", "source", p.Name, "server", s)
	}
	if l.ended(p, trouble, r.answer.More, now); trouble == nil {
		p.every = r.every
	}
	l.until, l.changed = time.Time{}, true
}

// doubt returns why an answer cannot be taken in: the clock by which it would be judged
// and stored is not trusted. Where the poll failed too, its own error is the one to
// tell.
func (l *loop) doubt(r *polled) error {
	g, p := &l.guard, r.polling
	if p.jumps != g.jumps {
		p.now = true
		return &source.Error{Kind: source.Clock, Err: errors.New("the clock was set while the source was asked")}
	}
	trusted := g.confirms(p.began, r.answered, r.answer.Date)
	agreed := agrees(p.began, r.answered, r.answer.Date)
	if g.trusted = trusted; agreed {
		g.stepped = 0
	}
	switch {
	case trusted:
		return nil
	case r.err != nil:
		return r.err
	}
	return &source.Error{Kind: source.Clock, Err: g.doubt(p.began, r.answer.Date)}
}

// merge takes an answer into what is known.
func (l *loop) merge(p *polling, r *polled, now time.Time) []source.Note {
	h := l.source(p.Key)
	known, changes, notes := facts.Merge(h.known, facts.Poll{
		Answer: r.answer, Err: r.err, Began: p.began, Now: now,
		Selection: p.Selection, Interval: l.within(now) / 2, Room: l.room(),
	})
	h.known = known
	if l.o.Store != nil {
		h.marked = true
		h.unsaved.Add(changes)
	}
	if !changes.Empty() {
		l.learned()
	}
	return notes
}

// MaxRuns is how many runs one policy keeps.
const MaxRuns = 200_000

// room returns how many runs more may be kept.
func (l *loop) room() int {
	room := MaxRuns
	for _, s := range l.policy.Sources {
		room -= l.source(s.Key).known.Size()
	}
	return max(0, room)
}

// ended notes how a poll ended, and when to ask again.
func (l *loop) ended(p *polling, err error, more bool, now time.Time) {
	notAsked := false
	for e := range source.All(err) {
		notAsked = notAsked || e.NotAsked
	}
	switch {
	case err != nil:
		l.failed(p, err, now)
	case more:
		p.failures, p.now = 0, true
	default:
		p.failures, p.good = 0, p.began
	}
	if !notAsked || p.err == nil { // where nothing was asked, the earlier reason stays
		p.err = err
		l.log.trouble("poll "+p.Name, l.pollTrouble(p), "polling "+p.Name+" works again", err)
	}
}

// pollTrouble says what becomes of the number when a poll fails.
func (l *loop) pollTrouble(p *polling) string {
	if !l.verdict.Lead.Known {
		return "polling " + p.Name + " failed; no number is known yet"
	}
	return "polling " + p.Name + " failed; the last number stays, marked stale"
}

// The waits after polls that failed: 2 s, doubling to 20 min, of which up to a quarter is
// taken off by chance, so that many walls do not ask at once. A day without a server costs
// less than 120 polls.
const (
	minRetry = 2 * time.Second
	maxRetry = 20 * time.Minute
)

// failed sets when to ask again.
func (l *loop) failed(p *polling, err error, now time.Time) {
	p.failures++
	wait := min(minRetry<<min(p.failures-1, 10), maxRetry)
	wait = wait*3/4 + time.Duration(l.o.Jitter()*float64(wait/4))
	for e := range source.All(err) {
		wait = max(wait, e.RetryAfter)
	}
	p.retry = now.Add(wait)
}

// kind returns the kind of trouble to show, the last in the order of [source.Kind], and
// whether a poll failed.
func (l *loop) kind() (source.Kind, bool) {
	kind, failing := source.Other, false
	for _, p := range l.pollings {
		if p.err != nil {
			kind, failing = max(kind, source.KindOf(p.err)), true
		}
	}
	return kind, failing
}
