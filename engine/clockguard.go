package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

// A clockGuard keeps the wall from numbers by a clock that may be wrong: a Pi has no
// battery for one, and starts with 1970 or with the time at which it was switched off.
//
// The clock is trusted once the machine says that it was set, or a server's Date agrees
// with it, and then until it jumps or a Date disagrees. Meanwhile the number is that of
// the last good poll which is stored, and what polls bring is not taken in.
type clockGuard struct {
	trusted bool
	state   ClockState // of the machine; why it is not trusted
	stamp   time.Time  // see ClockStatus
	void    time.Time  // the stamp of before a jump, which counts no more
	latest  fact       // that with the latest date that is known
	jumps   int        // so far

	stepped time.Duration // sum of the steps since something confirmed the clock

	looked bool // the next are set
	now    time.Time
	uptime time.Duration
}

const (
	// clockGrace is how long after the start nothing is said: the server that is
	// asked first may confirm the clock.
	clockGrace = 3 * time.Second
	// clockStep is what counts as one. Time servers slew less than half a second.
	clockStep = 2 * time.Second
	// clockSlack is how far a clock may be off that is trusted, as for dates that
	// lie ahead.
	clockSlack = 5 * time.Minute
)

// errClockSet is why a poll is repeated.
var errClockSet = &source.Error{Kind: source.Clock, Err: errors.New("the clock was set while the source was asked")}

// watchClock looks at the clock.
func (l *loop) watchClock(now time.Time, uptime time.Duration) {
	g := &l.guard
	if l.o.ClockState == nil {
		g.trusted = true
		return
	}
	if step := g.step(now, uptime); step.Abs() > clockStep {
		l.o.Log.Warn("the clock was set; the sources are polled anew", "by", step.Round(time.Second).String())
		l.until = time.Time{}
		l.pollNow()
		g.set(step)
	}
	was := g.trusted
	g.update(l.o.ClockState(now))
	switch {
	case g.state == ClockBehind, now.Before(g.latest.floor()):
		g.trusted, g.state = false, ClockBehind
	case g.state == ClockTrusted:
		g.trusted = true
	}
	if g.trusted != was {
		l.until, l.changed = time.Time{}, true
		if g.trusted {
			l.pollNow()
		}
	}
	if !g.trusted && uptime < clockGrace {
		return
	}
	begins := "the number stays as it was when the last good poll was stored, until the clock is trusted"
	if l.lastGoodPoll(l.policy).IsZero() {
		begins = "there is no number until the clock is trusted"
	}
	l.log.trouble("clock", begins, "the clock is trusted", g.err(now))
}

// A fact is a date of a deployment: the server's clock has been there. The zero value is
// none.
type fact struct {
	at              time.Time
	id, environment string
}

// latest returns the fact with the latest date of what is known of sources.
func latest(known []source.Known, now time.Time) fact {
	var latest fact
	for i := range known {
		if at, id, environment := facts.Latest(&known[i], now); at.After(latest.at) {
			latest = fact{at, id, environment}
		}
	}
	return latest
}

// floor is before every instant that can be now: servers' clocks differ a little.
func (f fact) floor() time.Time {
	if f.at.IsZero() {
		return f.at
	}
	return f.at.Add(-clockSlack)
}

// refuse is the error of a clock that is before the floor. The clock may also be right,
// and the server's have been wrong when it wrote the date.
func (f fact) refuse(now time.Time) error {
	return fmt.Errorf("this machine's clock says %s, which it cannot be: deployment %s of %s has a date of %s (hint: is a time server reached? Was that date right?)",
		now.UTC().Format(time.RFC3339), f.id, f.environment, f.at.UTC().Format(time.RFC3339))
}

// CheckClock returns an error for an instant that is before the latest known date of a
// deployment by more than two clocks can differ: it cannot be now.
func CheckClock(known []source.Known, now time.Time) error {
	if f := latest(known, now); now.Before(f.floor()) {
		return f.refuse(now)
	}
	return nil
}

// set takes in a step. One of more than clockSlack is a jump, and so are several that
// come to as much.
func (g *clockGuard) set(by time.Duration) {
	g.stepped += by
	if by.Abs() <= clockSlack && g.stepped.Abs() <= clockSlack {
		return
	}
	g.trusted, g.void, g.stepped = false, g.stamp, 0
	g.jumps++
}

// update takes in what the machine says of its clock.
func (g *clockGuard) update(word ClockStatus) {
	if word.State == ClockTrusted && (!word.Stamped || !word.Stamp.Equal(g.stamp)) {
		g.stepped = 0
	}
	g.state, g.stamp = word.State, word.Stamp
	if g.state == ClockTrusted && word.Stamped && g.stamp.Equal(g.void) {
		g.state = ClockUnsynchronised
	}
}

// step returns by how much the clock was set since it was looked at last.
func (g *clockGuard) step(now time.Time, uptime time.Duration) time.Duration {
	var by time.Duration
	if g.looked {
		by = now.Sub(g.now) - (uptime - g.uptime)
	}
	g.looked, g.now, g.uptime = true, now, uptime
	return by
}

// err says why the clock is not trusted; nil if it is.
func (g *clockGuard) err(now time.Time) error {
	switch {
	case g.trusted:
		return nil
	case now.Before(g.latest.floor()):
		return g.latest.refuse(now)
	case g.state == ClockBehind:
		return fmt.Errorf("this machine's clock says %s, which it cannot be: that is before this program was made (hint: is a time server reached?)", now.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("nothing says that this machine's clock was set (hint: timedatectl tells of time servers; where something else keeps the clock right, run with --trust-clock)")
}

// doubt says why an answer to what was asked by a clock does not confirm that.
func (g clockGuard) doubt(began, date time.Time) error {
	if g.state != ClockBehind && !began.Before(g.latest.floor()) && !date.IsZero() {
		return fmt.Errorf("this machine's clock says %s and the server's %s (hint: is a time server reached?)", began.UTC().Format(time.RFC3339), date.UTC().Format(time.RFC3339))
	}
	g.trusted = false
	return g.err(began)
}

// status is the state that others are told.
func (g *clockGuard) status() ClockState {
	if g.trusted {
		return ClockTrusted
	}
	return g.state
}

// asOf returns the instant as of which to judge what was good at one: that of the
// clock, or where that is not trusted that of the last good poll. Before the first
// one nothing is known, as of whichever instant.
func (g *clockGuard) asOf(now, good time.Time) time.Time {
	if g.trusted || good.IsZero() {
		return now
	}
	return good
}

// confirms reports whether a clock can be trusted by which a poll began and was
// answered: the machine says so, or else the server's Date, or where that is not told it
// is trusted already.
func (g *clockGuard) confirms(began, answered, date time.Time) bool {
	switch {
	case g.state == ClockBehind, began.Before(g.latest.floor()):
		return false
	case g.state == ClockTrusted:
		return true
	case !date.IsZero():
		return agrees(began, answered, date)
	}
	return g.trusted
}

// agrees reports whether a server's Date is that of a clock by which it was asked and
// answered; false if it is not told.
func agrees(began, answered, date time.Time) bool {
	return !date.IsZero() && !date.Before(began.Add(-clockSlack)) && !date.After(answered.Add(clockSlack))
}
