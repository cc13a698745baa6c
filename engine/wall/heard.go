package wall

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine"
)

// heard is what the wall knows of its counter.
type heard struct {
	topic  string        // of which
	state  *state        // that is shown; nil: none was ever heard
	fresh  bool          // it was heard since this program started, or was stopped, and how old it is is known
	since  time.Duration // uptime from which its age counts
	online bool          // the counter says so
	bad    error         // why a newer message cannot be read

	stale    error         // why the number may be out of date; nil: it is not
	staleAt  time.Duration // uptime at which the state becomes too old
	clockOff error         // the counter's clock and this machine's do not agree
}

// A connection is one to the broker of the file in force.
type connection struct {
	Conn
	ctx  context.Context // when it has ended, what comes of the connection does not count
	stop context.CancelFunc
}

// connect connects to the broker of the file in force, once the connection to another one has
// ended.
func (l *loop) connect(uptime time.Duration) {
	if l.file.wall == nil || l.conn != nil || uptime < l.dialAt || l.ctx.Err() != nil {
		return
	}
	c := new(connection)
	c.ctx, c.stop = context.WithCancel(l.ctx)
	l.conn, l.shown.next = c, 0
	received := func(m Message) { l.tasks.Do(func() { l.received(c, m) }) }
	changed := func(err error) { l.tasks.Do(func() { l.changed(c, err) }) }
	var err error
	if c.Conn, err = l.o.Connect(l.file.wall.Source, received, changed); err != nil {
		l.dialAt = uptime + retryAfter
		l.changed(c, err)
		l.ended(c)
		return
	}
	l.tasks.Start(func() { c.Run(c.ctx) }, func() { l.ended(c) })
}

// disconnect ends the connection. The next turn after its end connects anew.
func (l *loop) disconnect() {
	l.dialAt = 0
	if l.conn != nil {
		l.conn.stop()
	}
}

func (l *loop) ended(c *connection) {
	c.stop()
	l.conn = nil
}

// changed takes in that a connection works, or does not. The number then becomes stale by its age.
func (l *loop) changed(c *connection, err error) {
	if c != l.conn {
		return
	}
	l.log.Trouble("broker", "the broker cannot be used; the number becomes stale if that lasts", "the broker can be used again", err)
}

// received takes in a message.
func (l *loop) received(c *connection, m Message) {
	h := &l.heard
	if c != l.conn || c.ctx.Err() != nil {
		return
	}
	if m.Topic == "leader" {
		h.online = string(m.Payload) == "online"
		return
	}
	s, err := parse(m.Payload)
	l.log.Trouble("state", "a message of the counter cannot be read; what is shown stays, marked stale", "the counter's messages can be read again", err)
	if h.bad = err; err != nil {
		return
	}
	if old := h.state; old != nil && (s.Boot == old.Boot && (s.Seq < old.Seq || s.Seq == old.Seq && h.fresh) ||
		s.Boot != old.Boot && m.Retained && s.At.Before(old.At)) {
		return // heard before: the broker sends what it keeps at each connect, and after a crash what it kept long ago
	}
	h.fresh, h.since = !m.Retained || m.Expiry > 0, l.uptime()
	if m.Expiry > 0 { // a counter has the broker forget a state after four intervals
		h.since -= max(0, 4*s.every()-m.Expiry)
	}
	same := h.state.equal(s)
	if h.state = s; !same {
		l.store.changed = true
		l.layOut()
	}
}

// clockSlack is how far the counter's clock and this machine's may be apart.
const clockSlack = 5 * time.Minute

// look works out whether the number is stale, and whether the clocks agree.
func (l *loop) look(now time.Time, uptime time.Duration) {
	h := &l.heard
	h.stale, h.staleAt, h.clockOff = l.whyStale(uptime), 0, nil
	if l.file.wall == nil {
		return
	}
	if h.state != nil && h.fresh {
		h.staleAt = h.since + l.limit() + 1
	}
	if h.fresh && l.o.ClockState(now).State == engine.ClockTrusted {
		if off := h.state.At.Add(uptime - h.since).Sub(now); off.Abs() > clockSlack {
			h.clockOff = fmt.Errorf("the counter's clock and this machine's are %s apart (hint: check that these machines, and the broker's, reach a time server)",
				off.Abs().Round(time.Minute))
		}
	}
	if uptime < grace {
		return
	}
	l.log.Trouble("clock", "one of two clocks is wrong; the number may be too", "the clocks agree again", h.clockOff)
	l.log.Trouble("stale", "what the wall shows is not up to date", "what the wall shows is up to date", h.stale)
}

// grace is how long after the start nothing is logged: that the wall connects takes a moment.
const grace = 3 * time.Second

// limit is how old a state may be.
func (l *loop) limit() time.Duration {
	if after := l.file.wall.Source.StaleAfter; after > 0 {
		return after
	}
	return 2 * l.heard.state.every()
}

// whyStale returns why the number may be out of date; nil: it is not.
func (l *loop) whyStale(uptime time.Duration) error {
	h := &l.heard
	switch {
	case h.bad != nil:
		return errors.New("a message of the counter cannot be read")
	case h.state == nil:
		return errNothing
	case !h.fresh:
		return errors.New("no fresh number was heard of the counter since this program started, or was stopped; this is the number of before")
	case !h.online:
		return errors.New("the counter is not online")
	case uptime > h.since+l.limit():
		return fmt.Errorf("nothing was heard of the counter for more than %s", l.limit())
	case h.state.Stale:
		return errors.New("the counter says so")
	}
	return nil
}

// errNothing is why a new wall shows no number. It is no number that could be out of date.
var errNothing = errors.New("nothing was ever heard of the counter")

// symbol returns what stands for the number, or takes turns with it.
func (l *loop) symbol() led.Symbol {
	h := &l.heard
	if l.file.wall == nil && l.file.refused != nil {
		return led.ConfigError
	}
	s := led.Unknown
	if h.state != nil {
		s = symbols()[h.state.Symbol]
	}
	if h.clockOff != nil && (s == led.Unknown || s == led.Environment) {
		s = led.ClockError
	}
	return s
}
