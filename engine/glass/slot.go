package glass

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Display shows pictures. One method is called at a time; it may wait.
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

// slot is a slot in use. Tasks show its pictures, one at a time, because a display may
// wait.
type slot struct {
	Slot
	display Display // nil while it cannot be opened; only the task that runs uses it

	last     led.Picture   // that was handed over
	waiting  bool          // for what became of it; until then there is no other
	since    time.Duration // uptime from which
	due      time.Duration // uptime at which the picture is shown again, after an error or to refresh it
	failures int           // in a row
	err      error         // of the last try

	after   []*slot // whose place it takes: they are halted first, unless they hang
	leaving bool    // it is to be halted
	halted  bool    // it was
	haltErr error   // how
}

const (
	// maxDisplayRetry bounds the wait before a broken display is tried again.
	maxDisplayRetry = 30 * time.Second
	// haltTimeout is how long a display waits for those to halt whose place it takes.
	haltTimeout = 5 * time.Second
	// hangTimeout is after how long without an answer a display is taken to hang.
	hangTimeout = 30 * time.Second
	// never is an uptime that does not come.
	never = time.Duration(math.MaxInt64)
)

// Light makes the slots those of a geometry, keeping what stays the same. What is shown is laid
// out anew after that, and begins with the first page.
func (g *Glass) Light(d schema.Display, slots []Slot) {
	uptime := g.uptime()
	old := g.slots
	var added []*slot
	g.slots = nil
	for _, want := range slots {
		at := slices.IndexFunc(old, func(s *slot) bool { return s.Key == want.Key })
		if at < 0 {
			s := &slot{Slot: want, due: uptime + haltTimeout}
			added, g.slots = append(added, s), append(g.slots, s)
			continue
		}
		g.slots = append(g.slots, old[at])
		old = slices.Delete(old, at, at+1)
	}
	for _, s := range old {
		g.halt(s)
	}
	for _, s := range added {
		s.after = old
	}
	g.frame, g.lines, g.since = led.NewFrame(8*d.Columns, 8*d.Rows), nil, uptime
}

// show hands a picture over, if it is another one or due again; to a display that does not
// work only when that is tried again. While the last one is not shown yet, the loop waits:
// its turn after that draws what is to be seen by then.
func (g *Glass) show(s *slot, p led.Picture, uptime time.Duration) {
	first := s.last.Frame == nil
	same := !first && s.last.Level == p.Level && s.last.Frame.Equal(p.Frame)
	due := uptime >= s.due || first && !slices.ContainsFunc(s.after, func(b *slot) bool { return !b.halted })
	if s.waiting || !due && (same || first || s.failures > 0) {
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
	s.waiting, s.since, s.after = true, uptime, nil
	picture := s.last
	var err error
	g.tasks.Start(func() { err = s.try(picture, due) }, func() {
		s.waiting = false
		if g.shown(s, err); s.leaving {
			g.halt(s)
		}
	})
}

// try shows a picture on the display, which is opened if it is not open yet.
func (s *slot) try(p led.Picture, refresh bool) error {
	if s.display == nil {
		d, err := s.Open()
		if err != nil {
			return err
		}
		s.display, refresh = d, false // it is sent whole anyway
	}
	if err := s.display.Show(p); err != nil {
		return err
	}
	if r, ok := s.display.(Refresher); ok && refresh {
		return r.Refresh()
	}
	return nil
}

// shown takes in what became of the picture that was handed over.
func (g *Glass) shown(s *slot, err error) {
	s.err = err
	if err == nil {
		s.failures = 0
	} else {
		s.due = g.uptime() + min(time.Second<<min(s.failures, 5), maxDisplayRetry)
		s.failures++
	}
	g.log.Trouble("display "+s.Name, "a display does not work; it is tried again, and the other displays go on",
		"the display works again", err, "display", s.Name)
}

// halt halts the display of a slot, after the picture that it shows now.
func (g *Glass) halt(s *slot) {
	s.leaving = true
	if s.waiting {
		return
	}
	var err error
	g.tasks.Start(func() {
		if s.display != nil {
			err = s.display.Halt()
		}
	}, func() {
		if s.halted, s.haltErr = true, err; err != nil {
			g.shown(s, fmt.Errorf("halt: %w", err))
		}
	})
}

// Halt ends showing: every display halts.
func (g *Glass) Halt() {
	for _, s := range g.slots {
		g.halt(s)
	}
}

// HaltErrors returns what went wrong while the displays were halted.
func (g *Glass) HaltErrors() error {
	var errs []error
	for _, s := range g.slots {
		err := s.haltErr
		if !s.halted {
			err = fmt.Errorf("display %s does not answer: it was not blanked", s.Name)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Hangs reports whether a display has not answered for so long that it must be taken to
// hang.
func (g *Glass) Hangs(uptime time.Duration) bool {
	return slices.ContainsFunc(g.slots, func(s *slot) bool { return s.waiting && uptime-s.since > hangTimeout })
}

// Faulty lists the displays that do not work.
func (g *Glass) Faulty() (names []string) {
	for _, s := range g.slots {
		if s.err != nil {
			names = append(names, s.Name)
		}
	}
	return names
}
