package engine

import (
	"context"
	"encoding/json"
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
		if was.running && !slices.Contains(l.polls, was) {
			was.stop()
		}
	}
}

// pollNow polls every source without waiting.
func (l *loop) pollNow() {
	for _, p := range l.polls {
		p.now = true
	}
}

// restartPolls is pollNow for a person who asks for it: a poll that is under way, which
// may hang, is given up together with its source.
func (l *loop) restartPolls() {
	for i, p := range l.polls {
		if p.running {
			p.stop()
			fresh := *p
			fresh.running, fresh.source = false, nil
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
		known := l.source(p.Key)
		if p.running || known.load == notLoaded || !p.now && now.Before(l.nextPoll(p, now)) {
			continue
		}
		ctx, stop := context.WithCancel(l.ctx)
		p.running, p.now, p.stop = true, false, stop
		p.began, p.jumps = now, l.guard.jumps
		t := &poll{facts.Poll{Began: now, Selection: p.Selection}, p, p.source, known.known, l.schedule.every}
		l.start(func() { t.run(ctx, &l.o) }, func() { l.polled(t) })
	}
}

// nextPoll returns when to poll next; zero while a poll is under way. A clock that was set
// back does not put the poll off.
func (l *loop) nextPoll(p *pollState, now time.Time) time.Time {
	switch {
	case p.running:
		return time.Time{}
	case p.began.IsZero(), now.Before(p.began):
		return now
	case p.failures > 0:
		return p.retry
	}
	return p.began.Add(l.schedule.every)
}

// poll asks a source for what is new, and opens it if it is not open yet.
type poll struct {
	facts.Poll
	state  *pollState // of which run reads only what does not change
	source source.Source
	known  source.Known
	every  time.Duration // the interval when it began
}

func (t *poll) run(ctx context.Context, o *Options) {
	if t.source == nil {
		t.source, t.Err = o.Open(t.state.config, t.state.Name)
	}
	if t.Err == nil {
		t.Answer, t.Err = t.source.Poll(ctx, &t.known, t.Began)
	}
	t.Now, _ = o.Clock.Now()
}

// polled takes in what a poll brought.
func (l *loop) polled(t *poll) {
	p := t.state
	p.stop()
	p.running, p.source = false, t.source
	if l.ctx.Err() != nil || !slices.Contains(l.polls, p) {
		return // the policy reads another source by now
	}
	notes := t.Answer.Notes
	trouble := l.checkClock(t)
	if trouble == nil {
		trouble = t.Err
		notes = slices.Concat(notes, l.merge(t))
	}
	for _, n := range notes {
		l.log.note(p.Name, n.Topic, n.Text)
	}
	if s := t.Answer.Server; s != "" && s != p.server {
		p.server = s
		l.o.Log.Info("the source answers", "source", p.Name, "server", s)
	}
	l.ended(p, trouble, t.Answer.More, l.now())
	if trouble == nil {
		p.every = t.every // only now, so that a shorter interval makes nothing stale before a poll has ended
	}
	l.until, l.changed = time.Time{}, true
}

// checkClock returns why an answer must not be merged: the clock by which it would be
// judged and stored is not trusted. If the poll failed too, its own error comes first.
func (l *loop) checkClock(t *poll) error {
	g := &l.guard
	if t.state.jumps != g.jumps {
		t.state.now = true
		return errClockSet
	}
	g.trusted = g.confirms(t.Began, t.Now, t.Answer.Date)
	switch {
	case g.trusted:
		return nil
	case t.Err != nil:
		return t.Err
	}
	return &source.Error{Kind: source.Clock, Err: g.mismatch(t.Began, t.Answer.Date)}
}

// merge takes an answer into what is known.
func (l *loop) merge(t *poll) []source.Note {
	s := l.source(t.state.Key)
	t.Interval, t.Room = l.within()/2, l.room()
	known, changes, notes := facts.Merge(s.known, t.Poll)
	s.known = known
	if l.o.Store != nil {
		s.marked = true
		s.unsaved.Add(changes)
	}
	if !changes.Empty() {
		l.factsChanged()
	}
	return notes
}

// MaxRuns is how many runs one policy keeps.
const MaxRuns = 200_000

// room returns how many more runs the policy may keep.
func (l *loop) room() int {
	room := MaxRuns
	for _, s := range l.policy.Sources {
		room -= l.source(s.Key).known.Size()
	}
	return max(0, room)
}

// ended notes how a poll ended, and sets when to poll next.
func (l *loop) ended(p *pollState, err error, more bool, now time.Time) {
	notAsked := false
	for _, e := range source.All(err) {
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
	if notAsked && p.err != nil {
		return // the source was not asked, so the earlier reason stays
	}
	p.err = err
	begins := "polling failed; the last number stays, marked stale, and the source is polled again"
	if !l.status.Verdict.Lead.Known {
		begins = "polling failed; no number is known yet, and the source is polled again"
	}
	l.log.trouble("poll "+p.Name, begins, "polling works again", err, "source", p.Name)
}

// The waits after polls that failed: 2 s, doubling to 20 min, of which up to a quarter is
// taken off by chance, so that many walls do not poll at the same time. A day without a
// server costs less than 120 polls.
const (
	minRetry = 2 * time.Second
	maxRetry = 20 * time.Minute
)

// failed sets when to poll next after a failure.
func (l *loop) failed(p *pollState, err error, now time.Time) {
	p.failures++
	wait := min(minRetry<<min(p.failures-1, 10), maxRetry)
	wait = wait*3/4 + time.Duration(l.o.Jitter()*float64(wait/4))
	for _, e := range source.All(err) {
		wait = max(wait, e.RetryAfter)
	}
	p.retry = now.Add(wait)
}
