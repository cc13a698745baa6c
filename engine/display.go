package engine

import (
	"context"
	"errors"
	"fmt"
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
	orders  chan led.Picture // one place; closed to halt
	halted  chan struct{}    // closed when the display was halted
	haltErr error            // how; to be read after that
	last    led.Picture      // that was handed over
	waiting bool             // for what became of it; until then there is no other
	since   time.Duration    // uptime from which
	err     error            // of the last try
}

// shown takes in what became of a picture on a slot: of one that was handed over, or of one
// that was shown again.
func (l *loop) shown(s *activeSlot, handed bool, err error) {
	s.waiting = s.waiting && !handed
	l.changed = l.changed || (err == nil) != (s.err == nil)
	s.err = err
	l.log.trouble("display "+s.Name, "a display does not work; it is tried again, and the other displays go on",
		"the display works again", err, "display", s.Name)
}

// show hands a picture over, unless it is the last one. While that is not shown yet, the
// loop waits: its turn after that draws what is to be seen by then.
func (s *activeSlot) show(p led.Picture, uptime time.Duration) {
	if s.waiting || s.last.Frame != nil && s.last.Level == p.Level && s.last.Frame.Equal(p.Frame) {
		return
	}
	copied := led.NewFrame(p.Frame.Width(), p.Frame.Height())
	copied.CopyFrom(p.Frame)
	s.last = led.Picture{Frame: copied, Level: p.Level}
	s.waiting, s.since = true, uptime
	s.orders <- s.last
}

const (
	// maxDisplayRetry bounds the wait before a broken display is tried again.
	maxDisplayRetry = 30 * time.Second
	// haltTimeout is how long a display waits for those to halt whose place it takes.
	haltTimeout = 5 * time.Second
)

// run shows pictures until there are no more, then halts the display. It opens that after
// the displays have halted whose place it takes, unless they hang.
func (s *activeSlot) run(before []*activeSlot, report func(handed bool, err error)) {
	ctx, stop := context.WithTimeout(context.Background(), haltTimeout)
	for _, b := range before {
		b.wait(ctx)
	}
	stop()
	w := worker{slot: s, timer: time.NewTimer(0)}
	w.timer.Stop()
	for open := true; open; {
		select {
		case w.picture, open = <-s.orders:
			if !open {
				break
			}
			if w.failures == 0 { // else it is shown when that is tried again
				w.show(false)
			}
			report(true, w.err)
		case <-w.timer.C:
			w.show(true)
			report(false, w.err)
		}
	}
	if w.display != nil {
		if s.haltErr = w.display.Halt(); s.haltErr != nil {
			report(false, fmt.Errorf("halt: %w", s.haltErr))
		}
	}
	close(s.halted)
}

// worker is what the goroutine of a slot knows. Of the slot it reads what does not change.
type worker struct {
	slot     *activeSlot
	picture  led.Picture
	display  Display // nil while it cannot be opened
	failures int     // in a row
	err      error   // of the last try
	timer    *time.Timer
}

// show brings the display up to date, and writes it whole where that is due.
func (w *worker) show(due bool) {
	due = due || w.display == nil
	if w.err = w.try(due); w.err != nil {
		w.timer.Reset(min(time.Second<<min(w.failures, 5), maxDisplayRetry))
		w.failures++
		return
	}
	w.failures = 0
	if due && w.slot.Refresh > 0 {
		w.timer.Reset(w.slot.Refresh)
	}
}

func (w *worker) try(whole bool) error {
	if w.display == nil {
		d, err := w.slot.Open()
		if err != nil {
			return err
		}
		w.display, whole = d, false
	}
	if err := w.display.Show(w.picture); err != nil {
		return err
	}
	if r, ok := w.display.(Refresher); ok && whole {
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
			s := &activeSlot{Slot: want, orders: make(chan led.Picture, 1), halted: make(chan struct{})}
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
		go s.run(old, func(handed bool, err error) {
			select {
			case l.done <- func() { l.shown(s, handed, err) }:
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
