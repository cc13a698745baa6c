package engine

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// stuck is a display that can be made to wait, as a driver in the kernel may.
type stuck struct {
	*fakeGlass
	wait chan struct{}
}

func (s *stuck) Show(p led.Picture) error {
	<-s.wait
	return s.fakeGlass.Show(p)
}

// Displays that fail had their turn, and one that never returns had not.
func TestDisplayHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		var shown atomic.Int64
		w.options = func(o *Options) {
			o.Heartbeat = func(displays bool) {
				if displays {
					shown.Add(1)
				}
			}
		}
		display := &stuck{w.glass, make(chan struct{})}
		w.slots[0].Open = func() (glass.Display, error) { return display, nil }
		w.slots = append([]glass.Slot{{Name: "broken", Key: "broken", Open: func() (glass.Display, error) { return nil, errors.New("no SPI port found") }}}, w.slots...)
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
			t.Errorf("with a display that fails and one that works: got %d turns", shown.Load()-before)
		}
	})
}

func TestEndBlanks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.source.change(func(s *fakeSource) { s.hang = true })
		w.pass(2 * time.Hour) // a poll hangs
		began := time.Now()
		w.end()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("end took %v, want at most 2 s", took)
		}
		if w.glass.calls().halted != 1 {
			t.Errorf("halted %d times, want once", w.glass.calls().halted)
		}
	})
}

func TestBrokenDisplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		other := &fakeGlass{}
		w.slots = append(w.slots, glass.Slot{Name: "other", Key: "other", Open: func() (glass.Display, error) { return other, nil }})
		w.show()
		w.glass.fail(errors.New("input/output error"))
		w.pass(2 * time.Minute)
		if got := strings.Count(w.log.String(), "input/output error"); got != 1 {
			t.Errorf("the error was logged %d times, want once", got)
		}
		broken := w.glass
		w.glass = other
		w.wantText("3", led.Faulty)
		w.glass = broken
		if status, _ := w.reported(); len(status.Faulty) != 1 || status.Faulty[0] != "glass" {
			t.Errorf("faulty: got %q, want glass", status.Faulty)
		}
		w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
		w.glass.fail(nil)
		w.pass(time.Hour)
		w.wantText("1")
		w.wantLog("the display works again")
		if status, _ := w.reported(); status.Faulty != nil {
			t.Errorf("faulty at the end: got %q", status.Faulty)
		}
		if got, want := other.picture(), w.glass.picture(); got != want {
			t.Errorf("the other display: got\n%swant\n%s", got, want)
		}
	})
}

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(10*time.Minute + time.Second)
		if got := w.glass.calls().refreshed; got != 60 {
			t.Errorf("rewrites in 10 minutes at one in 10 s: got %d, want 60", got)
		}
	})
}

func TestBrightness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(time.Friday)
		c.Brightness = []schema.Brightness{
			{Level: led.Off, During: []rules.Window{{From: 22 * 60, To: 6 * 60}}},
			{Level: 8},
		}
		w := newHarness(t, files{"night": c})
		w.source.set(nil)
		w.start()
		w.save("night")
		w.pass(time.Until(losAngeles(t, "2011-01-01 21:59")))
		if got := w.glass.calls().level; got != 8 {
			t.Errorf("level at 21:59: got %d, want 8", got)
		}
		w.pass(time.Minute + time.Second)
		if got := w.glass.calls().level; got != led.Off {
			t.Errorf("level at 22:00: got %d, want off", got)
		}
		w.pass(8 * time.Hour)
		if got := w.glass.calls().level; got != 8 {
			t.Errorf("level at 06:00: got %d, want 8", got)
		}
	})
}

// hangs is a display that waits where it is told to.
type hangs struct {
	*fakeGlass
	at   string
	wait chan struct{}
}

func (h *hangs) stop(at string) {
	if h.at == at {
		<-h.wait
	}
}

func (h *hangs) open() (glass.Display, error) { h.stop("open"); return h, nil }

func (h *hangs) Show(p led.Picture) error { h.stop("show"); return h.fakeGlass.Show(p) }

func (h *hangs) Halt() error { h.stop("halt"); return h.fakeGlass.Halt() }

// A display that hangs keeps neither the others nor the wall from going on.
func TestDisplayHangs(t *testing.T) {
	for _, at := range []string{"open", "show", "halt"} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t)
				w.files["wide"] = config(time.Friday)
				w.files["wide"].Display.Columns = 3
				hanging, last := &hangs{&fakeGlass{}, at, make(chan struct{})}, &hangs{&fakeGlass{}, at, make(chan struct{})}
				next := &fakeGlass{}
				w.options = func(o *Options) {
					o.Slots = func(d schema.Display) []glass.Slot {
						if d.Columns == 2 {
							return append([]glass.Slot{{Name: "hanging", Key: 1, Open: hanging.open}}, w.slots...)
						}
						return []glass.Slot{{Name: "next", Key: 2, Open: func() (glass.Display, error) { return next, nil }}, {Name: "last", Key: 3, Open: last.open}}
					}
				}
				w.checkHeartbeat()
				w.show()
				w.wantText("3")
				w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
				w.pass(time.Hour)
				w.wantText("1")
				before := w.source.count()
				w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
				w.pass(time.Second)
				if got := w.source.count() - before; got != 1 {
					t.Errorf("polls after SIGHUP: got %d, want 1", got)
				}
				w.save("wide")
				w.pass(10 * time.Second)
				if next.calls().shown == 0 {
					t.Error("the display that takes its place is dark")
				}
				w.endsInTime()
				if next.calls().halted != 1 {
					t.Error("the other display was not halted")
				}
				if w.err == nil {
					t.Error("a display that was not blanked is not told of")
				}
				close(hanging.wait)
				close(last.wait)
			})
		})
	}
}
