package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Display shows pictures. It is used from one goroutine, which may wait for it.
type Display interface {
	// Show lights p. It does not keep p.Frame. After an error the next call
	// starts afresh.
	Show(p led.Picture) error
	// Halt ends showing: a chain goes dark, a terminal keeps its text. It frees what the
	// display has opened.
	Halt() error
}

// A Refresher is a Display that cannot tell whether it still shows what was sent, so that
// all of it has to be sent again now and then.
type Refresher interface{ Refresh() error }

// A Slot is a place for a display that a configuration wants lit.
type Slot struct {
	// Name is for the log, and tells slots apart: "max7219 SPI0.0".
	Name string
	// Key is equal for two slots exactly if one can stand for the other.
	Key any
	// Open makes the display. It may wait.
	Open func() (Display, error)
	// Refresh is the time between two calls of Refresh; zero never calls it.
	Refresh time.Duration
}

// activeSlot is a slot in use. A goroutine of its own shows its pictures, because a
// display may wait; the loop owns all but what that goroutine is given.
type activeSlot struct {
	Slot
	orders  chan order    // one place; closed to halt
	halted  chan struct{} // closed when the display was halted
	haltErr error         // how; to be read after that
	display Display       // only the goroutine uses it; nil while it cannot be opened

	last     led.Picture   // that was handed over
	waiting  bool          // for what became of it; until then there is no other
	since    time.Duration // uptime from which
	due      time.Duration // uptime at which the picture is shown again, after an error or to refresh it
	failures int           // in a row
	err      error         // of the last try
}

// An order is a picture to show.
type order struct {
	led.Picture
	whole bool // refresh the display too
}

const (
	// maxDisplayRetry bounds the wait before a broken display is tried again.
	maxDisplayRetry = 30 * time.Second
	// haltTimeout is how long a display waits for those to halt whose place it takes.
	haltTimeout = 5 * time.Second
	// never is an uptime that does not come.
	never = time.Duration(math.MaxInt64)
)

// show hands a picture over, if it is another one or due again; to a display that does not
// work only when that is tried again. While the last one is not shown yet, the loop waits:
// its turn after that draws what is to be seen by then.
func (s *activeSlot) show(p led.Picture, uptime time.Duration) {
	same := s.last.Frame != nil && s.last.Level == p.Level && s.last.Frame.Equal(p.Frame)
	due := uptime >= s.due
	if s.waiting || !due && (same || s.failures > 0) {
		return
	}
	if !same {
		copied := led.NewFrame(p.Frame.Width(), p.Frame.Height())
		copied.CopyFrom(p.Frame)
		s.last = led.Picture{Frame: copied, Level: p.Level}
	}
	if due {
		s.due = never
		if s.Refresh > 0 {
			s.due = uptime + s.Refresh
		}
	}
	s.waiting, s.since = true, uptime
	s.orders <- order{s.last, due}
}

// shown takes in what became of the picture that was handed over.
func (l *loop) shown(s *activeSlot, err error) {
	s.waiting = false
	l.changed = l.changed || (err == nil) != (s.err == nil)
	s.err = err
	if err == nil {
		s.failures = 0
	} else {
		_, uptime := l.o.Clock.Now()
		s.due = uptime + min(time.Second<<min(s.failures, 5), maxDisplayRetry)
		s.failures++
	}
	l.log.trouble("display "+s.Name, "a display does not work; it is tried again, and the other displays go on",
		"the display works again", err, "display", s.Name)
}

// run shows pictures until there are no more, then halts the display. It opens that after
// the displays have halted whose place it takes, unless they hang.
func (s *activeSlot) run(before []*activeSlot, report func(error)) {
	ctx, stop := context.WithTimeout(context.Background(), haltTimeout)
	for _, b := range before {
		b.wait(ctx)
	}
	stop()
	for o := range s.orders {
		report(s.try(o))
	}
	if s.display != nil {
		if s.haltErr = s.display.Halt(); s.haltErr != nil {
			report(fmt.Errorf("halt: %w", s.haltErr))
		}
	}
	close(s.halted)
}

// try shows a picture on the display, which is opened if it is not open yet.
func (s *activeSlot) try(o order) error {
	if s.display == nil {
		d, err := s.Open()
		if err != nil {
			return err
		}
		s.display, o.whole = d, false // it is sent whole anyway
	}
	if err := s.display.Show(o.Picture); err != nil {
		return err
	}
	if r, ok := s.display.(Refresher); ok && o.whole {
		return r.Refresh()
	}
	return nil
}

// light makes the slots those of a geometry, keeping what stays the same.
func (l *loop) light(d schema.Display) {
	old := l.slots
	l.slots = nil
	var added []*activeSlot
	for _, want := range l.o.Slots(d) {
		at := slices.IndexFunc(old, func(s *activeSlot) bool { return s.Key == want.Key })
		if at < 0 {
			s := &activeSlot{Slot: want, orders: make(chan order, 1), halted: make(chan struct{})}
			added, l.slots = append(added, s), append(l.slots, s)
			continue
		}
		l.slots = append(l.slots, old[at])
		old = slices.Delete(old, at, at+1)
	}
	for _, s := range old {
		close(s.orders)
	}
	for _, s := range added {
		go s.run(old, func(err error) {
			select {
			case l.done <- func() { l.shown(s, err) }:
			case <-l.ctx.Done():
			}
		})
	}
	l.geometry, l.frame = d, nil
}

// hangs reports whether a display has not answered for so long that it must be taken to
// hang.
func (l *loop) hangs(uptime time.Duration) bool {
	return slices.ContainsFunc(l.slots, func(s *activeSlot) bool { return s.waiting && uptime-s.since > maxSleep })
}

// faulty lists the displays that do not work.
func (l *loop) faulty() (names []string) {
	for _, s := range l.slots {
		if s.err != nil {
			names = append(names, s.Name)
		}
	}
	return names
}

// wait waits until the display was halted, and returns how.
func (s *activeSlot) wait(ctx context.Context) error {
	select {
	case <-s.halted:
	case <-ctx.Done():
	}
	select {
	case <-s.halted:
		return s.haltErr
	default:
		return fmt.Errorf("display %s does not answer: it was not blanked", s.Name)
	}
}

// halted waits until all displays were halted.
func (l *loop) halted(ctx context.Context) error {
	var errs []error
	for _, s := range l.slots {
		errs = append(errs, s.wait(ctx))
	}
	return errors.Join(errs...)
}
