package engine

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// loop is all state of the engine. Only the goroutine of Run touches it.
type loop struct {
	o    Options
	ctx  context.Context
	talk *talk

	policy  *policy // in force; nil until a file was accepted
	reload  reload
	pages   pages
	asking  asking
	reading reading
	keeping keeping

	flourish flourish

	guard   clockGuard
	facts   uint64 // see Status
	reloads Reloads

	verdict Verdict
	until   time.Time // verdict holds until then; zero: judge again

	unscoped error // the policy names environments that the facts do not have

	panels  []*panel
	glass   schema.Display // geometry that the panels show
	frame   *led.Frame
	changed bool // something that Status tells
	told    struct {
		stale bool
		level led.Level
	}

	jobs int         // that run beside the loop
	done chan func() // what is left of each to do, on the loop's goroutine
}

func newLoop(ctx context.Context, o Options) *loop {
	return &loop{
		o: o, ctx: ctx, talk: newTalk(o.Log),
		done: make(chan func()),
	}
}

// start does work that may wait beside the loop, and then what it returns on the
// loop's goroutine.
func (l *loop) start(work func() (after func())) {
	l.jobs++
	go func() { l.done <- work() }()
}

// maxSleep bounds the time between two looks at the clock, so that a step of the
// clock is seen (reliability B5).
const maxSleep = 30 * time.Second

// step does all that is due and returns a timer for the next thing to come.
func (l *loop) step() *time.Timer {
	l.o.Beat()
	now, uptime := l.o.Clock.Now()
	l.watchClock(now, uptime)
	l.judge(now)
	l.startEvaluation(uptime)
	l.startFallBack()
	l.startRead(now, uptime)
	l.startCached(now, uptime)
	l.startPages(now, uptime)
	l.startPoll(now)
	l.startKeep(uptime)
	l.draw(now, uptime)
	l.o.Shown()
	l.report(now)
	return time.NewTimer(l.sleep(now, uptime))
}

// judge brings the verdict up to date.
func (l *loop) judge(now time.Time) {
	if l.policy == nil {
		return
	}
	d := l.policy.docket
	as := l.guard.asOf(now, d.good)
	fresh := !l.until.IsZero() && now.Before(l.until) && !as.Before(l.verdict.At)
	if fresh {
		return
	}
	if d.ahead(as) {
		return // the clock was put back; the store is read again
	}
	l.unscoped = unscoped(l.policy.config.Rules, d.environments)
	l.talk.trouble("scope", "a rule names what is not there", "every rule's scope is there again", l.unscoped)
	before := l.verdict
	l.verdict = d.Judge(as)
	l.until = now.Add(maxSleep)
	if l.guard.trusted {
		l.until = soonest(l.until, soonest(l.policy.court.nextChange(l.verdict, now), d.nextDate(now)))
	}
	l.tell(before, l.verdict)
	l.celebrate(before, l.verdict, now)
	l.changed = true
}

// tell logs a new number.
func (l *loop) tell(before, after Verdict) {
	a, b := after.Lead, before.Lead
	if a.Known == b.Known && a.Weeks == b.Weeks && a.AtLeast == b.AtLeast && a.Rule == b.Rule {
		return
	}
	if !a.Known {
		l.o.Log.Info("the number is not known yet")
		return
	}
	args := []any{"weeks", a.Weeks, "at_least", a.AtLeast, "since", a.Since.In(l.policy.court.Zone()).Format(time.RFC3339), "rule", a.Rule}
	if a.Breach != nil {
		d := a.Breach.Deployment
		args = append(args, "project", d.Project, "environment", d.Environment, "version", d.Version, "id", d.ID)
	}
	l.o.Log.Info("number", args...)
}

// report hands the status on when it changed.
func (l *loop) report(now time.Time) {
	if l.o.Report == nil {
		return
	}
	stale, level := l.stale(now), l.level(now)
	if !l.changed && stale == l.told.stale && level == l.told.level {
		return
	}
	l.changed, l.told.stale, l.told.level = false, stale, level
	s := Status{
		Faulty:  l.faulty(),
		Verdict: l.verdict, Level: level, Stale: stale, LastGood: l.asking.lastGood, Poll: l.asking.err, Trouble: l.asking.kind, Refused: l.reload.refused,
		Facts: l.facts, Freshness: l.freshness(), Reloads: l.reloads, Clock: l.guard.status(),
	}
	if l.policy != nil {
		s.Config, s.Pages = l.policy.config, l.policy.pages
	}
	l.o.Report(s)
}

// end stops what runs beside the loop and blanks the displays.
func (l *loop) end(cancel context.CancelFunc) error {
	cancel()
	var errs []error
	for _, n := range l.panels {
		errs = append(errs, n.halt())
	}
	for ; l.jobs > 0; l.jobs-- {
		<-l.done
	}
	return errors.Join(errs...)
}

// sleep returns the real time until something is due.
func (l *loop) sleep(now time.Time, uptime time.Duration) time.Duration {
	wait := maxSleep
	for _, t := range l.instants(now) {
		if t.After(now) {
			wait = min(wait, l.o.Clock.Until(t))
		}
	}
	for _, n := range l.panels {
		if t, ok := n.wake(); ok {
			wait = min(wait, t-uptime)
		}
	}
	if l.reading.failures > 0 {
		wait = min(wait, max(l.reading.retry-uptime, time.Second))
	}
	if t, ok := l.flourish.wake(uptime); ok {
		wait = min(wait, t)
	}
	wait = min(wait, l.pages.wake(l, now, uptime))
	return max(wait, 0)
}

// instants lists when, by the policy's clock, something changes.
func (l *loop) instants(now time.Time) []time.Time {
	if l.policy == nil {
		return nil
	}
	return []time.Time{l.until, l.nextPoll(now), l.staleAt(now), l.policy.at(now).until}
}
