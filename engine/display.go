package engine

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Display shows pictures. It is used from one goroutine.
type Display interface {
	// Show lights p. It does not keep p.Frame. After an error the next call
	// starts afresh.
	Show(p led.Picture) error
	// Halt stops all light and frees what is held.
	Halt() error
}

// A Refresher is a Display whose state can rot unseen, so that it must be
// written whole now and then.
type Refresher interface{ Refresh() error }

// A Panel is a display that a configuration wants lit.
type Panel struct {
	// Name is for the log, and tells panels apart: "max7219 SPI0.0".
	Name string
	// Key is equal for two panels exactly if one can stand for the other.
	Key any
	// Open makes the display.
	Open func() (Display, error)
	// Refresh is the time between two calls of Refresh; zero never calls it.
	Refresh time.Duration
}

// panel is a Panel in use. Times are uptimes.
type panel struct {
	Panel
	display   Display // nil while it cannot be opened
	failures  int
	err       error         // of the last try
	retry     time.Duration // when failures > 0
	refreshed time.Duration
}

// show brings the panel up to date with p.
func (n *panel) show(p led.Picture, uptime time.Duration) error {
	if n.failures > 0 && uptime < n.retry {
		return nil
	}
	err := n.try(p, uptime)
	if err == nil {
		n.failures = 0
		return nil
	}
	n.failures++
	n.retry = uptime + min(time.Second<<min(n.failures-1, 5), maxPanelRetry)
	return err
}

// maxPanelRetry bounds the wait before a broken display is tried again
// (reliability E5).
const maxPanelRetry = 30 * time.Second

func (n *panel) try(p led.Picture, uptime time.Duration) error {
	if n.display == nil {
		d, err := n.Open()
		if err != nil {
			return err
		}
		n.display, n.refreshed = d, uptime
	}
	if err := n.display.Show(p); err != nil {
		return err
	}
	r, ok := n.display.(Refresher)
	if !ok || n.Refresh <= 0 || uptime-n.refreshed < n.Refresh {
		return nil
	}
	n.refreshed = uptime
	return r.Refresh()
}

// wake returns the uptime at which the panel wants to be shown again, if any.
func (n *panel) wake() (time.Duration, bool) {
	switch {
	case n.failures > 0:
		return n.retry, true
	case n.Refresh > 0 && n.display != nil:
		return n.refreshed + n.Refresh, true
	}
	return 0, false
}

func (n *panel) halt() error {
	if n.display == nil {
		return nil
	}
	d := n.display
	n.display = nil
	return d.Halt()
}

// light makes the panels those of a geometry, keeping what stays the same.
func (l *loop) light(d schema.Display) {
	var panels []*panel
	for _, want := range l.o.Panels(d) {
		n := l.take(want.Key)
		if n == nil {
			n = &panel{}
		}
		n.Panel = want
		panels = append(panels, n)
	}
	for _, n := range l.panels {
		if err := n.halt(); err != nil {
			l.o.Log.Warn("blanking a display", "display", n.Name, "error", fmt.Errorf("halt: %w", err))
		}
	}
	l.panels, l.glass, l.frame = panels, d, nil
}

// take removes the panel with that key from those in use and returns it.
func (l *loop) take(key any) *panel {
	for i, n := range l.panels {
		if n.Key == key {
			l.panels = append(l.panels[:i], l.panels[i+1:]...)
			return n
		}
	}
	return nil
}
