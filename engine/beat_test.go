package engine

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// stuck is a display that can be made to wait, as a driver in the kernel may.
type stuck struct {
	*glass
	wait chan struct{}
}

func (s *stuck) Show(p led.Picture) error {
	<-s.wait
	return s.glass.Show(p)
}

// Displays that fail had their turn, and one that never returns had not.
func TestShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		var shown atomic.Int64
		w.options = func(o *Options) { o.DisplayHeartbeat = func() { shown.Add(1) } }
		display := &stuck{w.panel, make(chan struct{})}
		w.slots[0].Open = func() (Display, error) { return display, nil }
		w.slots = append([]Slot{{Name: "broken", Key: "broken", Open: func() (Display, error) { return nil, errors.New("no SPI port found") }}}, w.slots...)
		w.start()
		w.pass(2 * maxSleep)
		if shown.Load() < 2 {
			t.Errorf("without a display: got %d turns", shown.Load())
		}
		w.save(friday)
		w.pass(maxSleep + maxTurn)
		before := shown.Load()
		w.pass(10 * maxSleep)
		if got := shown.Load() - before; got > 0 {
			t.Errorf("with a display that hangs: got %d turns", got)
		}
		close(display.wait)
		before = shown.Load()
		w.pass(2 * maxSleep)
		if shown.Load() < before+2 {
			t.Errorf("with a display that fails beside one that works: got %d turns", shown.Load()-before)
		}
	})
}
