package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Display shows pictures. It is used from one goroutine, which may wait for it.
type Display interface {
	// Show lights p. It does not keep p.Frame. After an error the next call
	// starts afresh.
	Show(p led.Picture) error
	// Halt ends showing: a chain goes dark, a terminal keeps its text. It frees what is
	// held.
	Halt() error
}

// A Refresher is a Display whose state can rot unseen, so that it must be
// written whole now and then.
type Refresher interface{ Refresh() error }

// A Slot is a display that a configuration wants lit.
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

// activeSlot is a slot in use. A goroutine of its own shows its pictures, because a display may
// wait; the loop owns all but what that goroutine is given.
type activeSlot struct {
	Slot
	orders  chan order    // one place: the newest; closed to halt
	halted  chan struct{} // closed when the display was halted
	haltErr error         // how; to be read after that
	last    order         // that was handed over
	waiting bool          // for what became of it
	since   time.Duration // uptime from which
	err     error         // of the last try
}

// order is what a display is to do: show a picture, and refresh it after a time.
type order struct {
	led.Picture
	refresh time.Duration
	number  int // counts the orders of a slot from 1
}

// maxDisplayRetry bounds the wait before a broken display is tried again.
const maxDisplayRetry = 30 * time.Second

// shown is what became of showing a picture.
type shown struct {
	slot   *activeSlot
	number int // of the order
	err    error
}

func (r shown) take(l *loop) {
	n := r.slot
	_, uptime := l.o.Clock.Now()
	n.waiting, n.since = r.number != n.last.number, uptime // another picture may be under way
	l.changed = l.changed || (r.err == nil) != (n.err == nil)
	n.err = r.err
	l.log.trouble("display "+n.Name, "display "+n.Name+" cannot be shown on; the others go on", "display "+n.Name+" works again", r.err)
}

// show hands a picture over, unless it is the last one. A picture that was not taken yet
// is replaced.
func (n *activeSlot) show(p led.Picture, uptime time.Duration) {
	if n.last.Frame != nil && n.last.Level == p.Level && n.last.Frame.Equal(p.Frame) && n.last.refresh == n.Refresh {
		return
	}
	copied := led.NewFrame(p.Frame.Width(), p.Frame.Height())
	copied.CopyFrom(p.Frame)
	n.last = order{led.Picture{Frame: copied, Level: p.Level}, n.Refresh, n.last.number + 1}
	if !n.waiting {
		n.waiting, n.since = true, uptime
	}
	select {
	case <-n.orders:
	default:
	}
	n.orders <- n.last
}

// haltPatience is how long a display waits for those to halt whose place it takes.
const haltPatience = 5 * time.Second

// run shows pictures until there are no more, then halts the display. It opens that after
// the displays have halted whose place it takes, unless they hang.
func (n *activeSlot) run(after []*activeSlot, tell func(shown)) {
	ctx, stop := context.WithTimeout(context.Background(), haltPatience)
	for _, before := range after {
		before.wait(ctx)
	}
	stop()
	w := worker{slot: n}
	for open := true; open; {
		select {
		case w.order, open = <-n.orders:
			if open && w.retry == nil {
				tell(shown{n, w.number, w.show(false)})
			} else if open {
				tell(shown{n, w.number, w.err}) // it is shown when that is tried again
			}
		case <-w.retry:
			tell(shown{n, w.number, w.show(false)})
		case <-w.refresh:
			tell(shown{n, w.number, w.show(true)})
		}
	}
	if w.display != nil {
		if n.haltErr = w.display.Halt(); n.haltErr != nil {
			tell(shown{n, w.number, fmt.Errorf("halt: %w", n.haltErr)})
		}
	}
	close(n.halted)
}

// worker is what the goroutine of a slot knows. Of the slot it reads what does not change.
type worker struct {
	slot *activeSlot
	order
	display  Display // nil while it cannot be opened
	failures int
	err      error
	retry    <-chan time.Time // nil: the last try was good
	refresh  <-chan time.Time // nil: the display needs none
	every    time.Duration    // between two of these
}

// show brings the display up to date, and writes it whole if it is due or has failed.
func (w *worker) show(whole bool) error {
	whole = whole || w.failures > 0
	w.retry = nil
	if w.err = w.try(whole); w.err != nil {
		w.retry, w.refresh = time.After(min(time.Second<<min(w.failures, 5), maxDisplayRetry)), nil
		w.failures++
		return w.err
	}
	if w.failures = 0; w.every != w.order.refresh || whole || w.refresh == nil {
		w.every, w.refresh = w.order.refresh, nil
		if _, ok := w.display.(Refresher); ok && w.every > 0 {
			w.refresh = time.After(w.every)
		}
	}
	return nil
}

func (w *worker) try(whole bool) error {
	if w.display == nil {
		d, err := w.slot.Open()
		if err != nil {
			return err
		}
		w.display, whole = d, false
	}
	if err := w.display.Show(w.Picture); err != nil {
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
	var fresh []*activeSlot
	for _, want := range l.o.Slots(d) {
		n := take(&old, want.Key)
		if n != nil {
			n.Slot.Refresh = want.Refresh
		} else {
			n = &activeSlot{Slot: want, orders: make(chan order, 1), halted: make(chan struct{})}
			fresh = append(fresh, n)
		}
		l.slots = append(l.slots, n)
	}
	for _, n := range old {
		close(n.orders)
	}
	for _, n := range fresh {
		go n.run(old, l.tellShown)
	}
	l.glass, l.frame = d, nil
}

// take removes the slot with that key from a list and returns it.
func take(list *[]*activeSlot, key any) *activeSlot {
	for i, n := range *list {
		if n.Key == key {
			*list = append((*list)[:i:i], (*list)[i+1:]...)
			return n
		}
	}
	return nil
}

// tellShown hands the loop what became of a picture, on the goroutine of its slot.
func (l *loop) tellShown(s shown) {
	select {
	case l.results <- s:
	case <-l.ctx.Done():
	}
}

// hung reports whether a display has not answered for so long that it must be taken for
// hung.
func (l *loop) hung(uptime time.Duration) bool {
	for _, n := range l.slots {
		if n.waiting && uptime-n.since > maxSleep {
			return true
		}
	}
	return false
}

// wait waits until the display was halted, and returns how.
func (n *activeSlot) wait(ctx context.Context) error {
	select {
	case <-n.halted:
	case <-ctx.Done():
	}
	select {
	case <-n.halted:
		return n.haltErr
	default:
		return fmt.Errorf("display %s does not answer: it was not blanked", n.Name)
	}
}

// halted waits until all displays were halted.
func (l *loop) halted(ctx context.Context) error {
	var errs []error
	for _, n := range l.slots {
		errs = append(errs, n.wait(ctx))
	}
	return errors.Join(errs...)
}
