package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

// A Clock tells the time. A clock that runs faster than real time (the demo's)
// makes the policy's instants pass faster, but not what people watch: blinking
// and scrolling follow the uptime. Its methods may be called from any goroutine.
type Clock interface {
	// Now is the policy's instant, and the real time since the program began.
	Now() (now time.Time, uptime time.Duration)
	// Until is the real time left until the policy's instant t; not positive
	// when it has passed.
	Until(t time.Time) time.Duration
}

// RealClock is the clock of the machine. Its instants carry no monotonic
// reading, so that a step of the machine's clock is seen at once.
type RealClock struct {
	now   func() time.Time
	start time.Time
}

// NewRealClock returns a clock that reads now, in practice time.Now.
func NewRealClock(now func() time.Time) *RealClock { return &RealClock{now, now()} }

// Now implements [Clock].
func (c *RealClock) Now() (time.Time, time.Duration) {
	t := c.now()
	return t.Round(0), t.Sub(c.start)
}

// Until implements [Clock].
func (c *RealClock) Until(t time.Time) time.Duration { return t.Sub(c.now().Round(0)) }

// A ClockStatus is what a machine says of its clock.
type ClockStatus struct {
	State ClockState
	// Stamp is when the machine last noted that its clock was set, read from that clock;
	// zero: never.
	Stamp time.Time
	// Stamped says that State comes from the stamp alone. After a jump of the clock it does
	// not hold until there is another stamp.
	Stamped bool
}

// A ClockState says how far the machine's clock can be trusted.
type ClockState string

// The states.
const (
	// ClockTrusted is a clock that was set by a time server.
	ClockTrusted ClockState = "trusted"
	// ClockUnsynchronised is one that nothing has set since the machine started.
	ClockUnsynchronised ClockState = "unsynchronised"
	// ClockBehind is one that reads earlier than it can be.
	ClockBehind ClockState = "behind"
)

// A clockGuard keeps the wall from numbers by a clock that may be wrong: a Pi has no
// battery for one, and starts with 1970 or with the time at which it was switched off.
//
// The clock is trusted once the machine says that it was set, or a server's Date agrees
// with it, and then until it jumps or a Date disagrees. Meanwhile the number is that of
// the last good poll, and the answers of polls are dropped.
type clockGuard struct {
	trusted  bool
	state    ClockState       // by what the machine says and what is known
	stamp    time.Time        // see ClockStatus
	oldStamp time.Time        // the stamp of before a jump, which says nothing any more
	latest   facts.LatestDate // a server's clock has been there
	jumps    int              // so far

	now    time.Time // of the last look at the clock; zero: none yet
	uptime time.Duration
}

const (
	// clockGrace is how long after the start nothing is logged: the server that is
	// polled first may confirm the clock.
	clockGrace = 3 * time.Second
	// clockStep is what counts as a jump. Time servers slew less than half a second.
	clockStep = 2 * time.Second
	// clockSlack is how far a clock may be off that is trusted, as for dates that
	// lie ahead.
	clockSlack = 5 * time.Minute
)

// errClockSet is why a poll is repeated.
var errClockSet = &source.Error{Kind: source.Clock, Err: errors.New("the clock was set while the source was polled")}

// watchClock looks at the clock.
func (l *loop) watchClock(now time.Time, uptime time.Duration) {
	g := &l.guard
	if l.o.ClockState == nil {
		g.trusted, g.state = true, ClockTrusted
		return
	}
	if step := g.step(now, uptime); step.Abs() > clockStep {
		l.o.Log.Warn("the clock was set; the sources are polled now", "by", step.Round(time.Second).String())
		l.until = time.Time{}
		l.pollNow()
		g.trusted, g.oldStamp = false, g.stamp
		g.jumps++
	}
	was := g.trusted
	g.update(l.o.ClockState(now), now)
	g.trusted = g.state == ClockTrusted || g.trusted && g.state != ClockBehind
	if g.trusted != was {
		l.until, l.changed = time.Time{}, true
		if g.trusted {
			l.pollNow()
		}
	}
	if !g.trusted && uptime < clockGrace {
		return
	}
	begins := "this machine's clock is not trusted; the number of the last good poll stays, marked stale"
	if l.status.Good.IsZero() {
		begins = "this machine's clock is not trusted; there is no number until it is"
	}
	l.log.Trouble("clock", begins, "the clock is trusted", g.err(now))
}

// checkDate returns an error for an instant that is before a date by more than two clocks
// can differ. The clock may also be right, and the server's have been wrong when it wrote
// the date.
func checkDate(d facts.LatestDate, now time.Time) error {
	if d.At.IsZero() || !now.Before(d.At.Add(-clockSlack)) {
		return nil
	}
	return fmt.Errorf("this machine's clock says %s, which is too early: deployment %s of %s has a date of %s "+
		"(hint: check that this machine reaches a time server, and that the date is right)",
		now.UTC().Format(time.RFC3339), d.ID, d.Environment, d.At.UTC().Format(time.RFC3339))
}

// CheckClock returns an error for an instant that is before the latest known date of a
// deployment by more than two clocks can differ: it cannot be now.
func CheckClock(known []source.Known, now time.Time) error {
	return checkDate(facts.Latest(known, now), now)
}

// step returns by how much the clock was set since the last look at it.
func (g *clockGuard) step(now time.Time, uptime time.Duration) time.Duration {
	var by time.Duration
	if !g.now.IsZero() {
		by = now.Sub(g.now) - (uptime - g.uptime)
	}
	g.now, g.uptime = now, uptime
	return by
}

// update takes in what the machine says of its clock, and whether that can be.
func (g *clockGuard) update(status ClockStatus, now time.Time) {
	g.state, g.stamp = status.State, status.Stamp
	if g.state == ClockTrusted && status.Stamped && g.stamp.Equal(g.oldStamp) {
		g.state = ClockUnsynchronised
	}
	if checkDate(g.latest, now) != nil {
		g.state = ClockBehind
	}
}

// err says why the clock is not trusted; nil if it is.
func (g *clockGuard) err(now time.Time) error {
	if g.trusted {
		return nil
	}
	if err := checkDate(g.latest, now); err != nil {
		return err
	}
	if g.state == ClockBehind {
		return fmt.Errorf("this machine's clock says %s, which is too early: that is before this program was made "+
			"(hint: check that this machine reaches a time server)", now.UTC().Format(time.RFC3339))
	}
	return errors.New("nothing has set this machine's clock since its start " +
		"(hint: timedatectl shows the time servers; where something else keeps the clock right, run with --trust-clock)")
}

// confirm returns why the clock cannot be trusted by which a poll began and was answered, so
// that the answer must not be merged. It can where the machine says so, or else where the
// server's Date agrees, or the server has none and the clock is trusted already.
func (g *clockGuard) confirm(p *facts.Poll) error {
	date := p.Answer.Date
	switch {
	case g.state != ClockUnsynchronised:
		g.trusted = g.state == ClockTrusted
	case !date.IsZero():
		g.trusted = !date.Before(p.Began.Add(-clockSlack)) && !date.After(p.Now.Add(clockSlack))
	}
	if g.trusted {
		return nil
	}
	err := g.err(p.Began)
	if g.state == ClockUnsynchronised && !date.IsZero() {
		err = fmt.Errorf("this machine's clock says %s and the server's %s (hint: check that this machine reaches a time server)",
			p.Began.UTC().Format(time.RFC3339), date.UTC().Format(time.RFC3339))
	}
	return &source.Error{Kind: source.Clock, Err: err}
}

// status is the state of the clock for Status.
func (g *clockGuard) status() ClockState {
	if g.trusted {
		return ClockTrusted
	}
	return g.state
}

// asOf returns the instant to judge a policy by: that of the clock, or where that is not
// trusted that of the last good poll. Without one nothing is known, as of whichever instant.
func (l *loop) asOf(p *activePolicy, now time.Time) time.Time {
	if l.guard.trusted {
		return now
	}
	var good time.Time
	for _, s := range p.Sources {
		good = soonest(good, l.source(s.Key).known.Good)
	}
	if good.IsZero() {
		return now
	}
	return good
}
