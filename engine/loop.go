package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/oncelog"
	"github.com/fridaycounter/fridaycounter/engine/task"
)

// loop is all state of the engine. Only the goroutine of Run touches it.
type loop struct {
	o   Options
	ctx context.Context
	log *oncelog.Log

	policy  *activePolicy // nil until a file was accepted
	reload  reload
	pages   pages
	sources map[source.Key]*sourceState
	saving  saving
	polls   []*pollState // of the policy in force

	schedule schedule // as of this turn
	guard    clockGuard

	// status has what is worked out or counted here alone; report fills in the rest.
	status  Status
	changed bool // something of it
	// until is when the verdict and why it is stale are worked out anew; zero: at once. They
	// share one deadline because they are shown as one: the pages and the status have the
	// number and whether it is stale, so both must be of the same facts and the same instant.
	until time.Time

	glass *glass.Glass
	tasks *task.Group
}

const (
	// maxSleep is how long a verdict holds at most, and the wait before a child that
	// failed is tried again.
	maxSleep = 30 * time.Second
	// maxTurn bounds the time between two turns of the loop, so that a step of the clock
	// is seen.
	maxTurn = 5 * time.Second
)

// step does all that is due and returns a timer for the next thing to come.
func (l *loop) step() *time.Timer {
	now, uptime := l.o.Clock.Now()
	l.watchClock(now, uptime)
	l.schedule = l.policy.at(now)
	l.judge(now)
	l.startEvaluation(uptime)
	l.startStore(l.ctx, uptime)
	l.startPages(now, uptime)
	l.startPolls(now)
	l.report()
	l.draw()
	l.o.Heartbeat(!l.glass.Hangs(uptime))
	return time.NewTimer(l.sleep(now, uptime))
}

// draw shows the present picture on every display. The pages were computed for a known
// number, or the bare number stands for them.
func (l *loop) draw() {
	p, s := l.policy, &l.status
	l.glass.Draw(glass.Content{
		Known:  s.Verdict.Lead.Known && (p.live.Streak.Known || p.pagesErr != nil || p.withoutPages),
		Symbol: s.Symbol(), Marks: s.Marks(), Level: l.schedule.level,
	})
}

// recordFell reports whether the current streak has just become longer than every
// one that ended. A first streak has nothing to beat.
func recordFell(before, after Verdict) bool {
	was, is := before.history(after.Lead.Rule), after.history(after.Lead.Rule)
	return was.Known && is.Known && was.Best != nil && is.Best != nil &&
		was.Current.Start.Equal(is.Current.Start) &&
		was.Current.Weeks <= was.Best.Weeks && is.Current.Weeks > is.Best.Weeks
}

// now is the policy's instant.
func (l *loop) now() time.Time {
	now, _ := l.o.Clock.Now()
	return now
}

// uptime is the real time since the program began.
func (l *loop) uptime() time.Duration {
	_, uptime := l.o.Clock.Now()
	return uptime
}

// factsChanged notes that what is known has changed.
func (l *loop) factsChanged() {
	l.until, l.changed = time.Time{}, true
	l.guard.latest = facts.Latest(l.known(), l.now())
	if l.policy != nil {
		l.status.Environments = l.policy.Environments(l.known())
	}
	l.dropSources()
}

// judge brings the verdict and the reasons up to date.
func (l *loop) judge(now time.Time) {
	if l.policy == nil {
		return
	}
	as := l.asOf(l.policy, now)
	if !l.until.IsZero() && now.Before(l.until) && !as.Before(l.status.Verdict.At) {
		return
	}
	before := l.status.Verdict
	l.setVerdict(as, now)
	after := l.status.Verdict
	l.logNumber(before, after)
	if recordFell(before, after) {
		l.o.Log.Info("a new record", "weeks", after.Lead.Weeks, "rule", after.Lead.Rule)
		if !l.schedule.quiet {
			l.glass.Animate()
		}
	}
}

// setVerdict judges by the policy in force as of an instant, which is now unless the clock is
// not trusted.
func (l *loop) setVerdict(as, now time.Time) {
	l.status.Verdict, l.status.Because = l.policy.Judge(l.status.Environments, as), l.stale(now)
	l.until = soonest(now.Add(maxSleep), l.staleAt(now))
	if l.guard.trusted {
		for i, c := range l.policy.Rules {
			l.until = soonest(l.until, c.NextChange(l.status.Verdict.Streaks[i], l.status.Environments, now))
		}
	}
	l.changed = true
}

// logNumber logs a new number.
func (l *loop) logNumber(before, after Verdict) {
	a, b := after.Lead, before.Lead
	if a.Known == b.Known && a.Weeks == b.Weeks && a.AtLeast == b.AtLeast && a.Rule == b.Rule {
		return
	}
	if !a.Known {
		l.o.Log.Info("the number is not known yet")
		return
	}
	args := []any{"weeks", a.Weeks, "at_least", a.AtLeast, "since", a.Since.In(l.policy.Zone).Format(time.RFC3339), "rule", a.Rule}
	if a.Breach != nil {
		d := a.Breach.Deployment
		args = append(args, "project", d.Project, "environment", d.Environment, "version", d.Version, "id", d.ID)
	}
	l.o.Log.Info("number", args...)
}

// endTimeout is how long the end may take: less than the 2 s after which the program must
// have ended.
const endTimeout = 1500 * time.Millisecond

// end blanks the displays, stops what runs, and writes what is not stored
// yet. What does not end in time is left behind.
func (l *loop) end(cancel context.CancelFunc) error {
	cancel()
	defer l.tasks.Leave()
	ctx, stop := context.WithTimeout(context.Background(), endTimeout)
	defer stop()
	l.glass.Halt()
	l.saving.retry = 0 // try once more
	for ctx.Err() == nil {
		_, uptime := l.o.Clock.Now()
		if l.startStore(ctx, uptime); l.tasks.Running == 0 {
			break
		}
		select {
		case finish := <-l.tasks.Done:
			finish()
		case <-ctx.Done():
		}
	}
	if l.o.Store != nil && !l.allStored() {
		l.o.Log.Warn("the program ends before all that is known is stored; the next start reads it from the source again")
	}
	return l.glass.HaltErrors()
}

// sleep returns the real time until something is due.
func (l *loop) sleep(now time.Time, uptime time.Duration) time.Duration {
	wait := maxTurn
	if l.policy != nil {
		instants := []time.Time{l.until, l.schedule.until}
		for _, p := range l.polls {
			instants = append(instants, l.nextPoll(p, now))
		}
		for _, t := range instants {
			if t.After(now) { // zero: never
				wait = min(wait, l.o.Clock.Until(t))
			}
		}
	}
	if !l.pages.running && uptime < l.pages.next {
		wait = min(wait, l.pages.next-uptime)
	}
	return max(l.glass.Next(uptime, wait), 0)
}
