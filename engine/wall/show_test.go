package wall

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The wall says what it shows at each change, with each message, and each 5 minutes.
func TestShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		at := time.Now().UTC()
		want := Shown{
			V: 1, Boot: "a", Seq: 5, Policy: "p1", Facts: "f1", At: at, Text: "42", Version: "1.2.3", Modules: 4, Since: at,
		}
		check := func(times int) {
			t.Helper()
			h.mu.Lock()
			defer h.mu.Unlock()
			all := h.conns[0].shown
			if len(all) != times {
				t.Errorf("published %d times, want %d", len(all), times)
			}
			if diff := cmp.Diff(want, all[len(all)-1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		check(2) // nothing heard, heard
		h.pass(time.Minute)
		check(2)
		h.publish(number(6, 42))
		want.Seq, want.At = 6, time.Now().UTC()
		check(3)
		h.pass(2*time.Minute + time.Second)
		want.Stale = true
		check(4)
		h.pass(20 * time.Minute)
		check(8)
		h.publish(number(7, 43))
		want.Seq, want.At, want.Text, want.Since, want.Stale = 7, time.Now().UTC(), "43", time.Now().UTC().Truncate(time.Second), false
		check(9)
	})
}

func TestBrightness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		for _, c := range []struct {
			at   string // UTC, an hour behind Berlin
			want led.Level
		}{{"20:59", 8}, {"21:01", led.Off}, {"04:59", led.Off}, {"05:01", 8}} {
			at, err := time.Parse("15:04", c.at)
			if err != nil {
				t.Fatal(err)
			}
			now := time.Now().UTC()
			h.pass((at.Sub(time.Date(0, 1, 1, now.Hour(), now.Minute(), now.Second(), 0, time.UTC)) + 24*time.Hour) % (24 * time.Hour))
			if _, got := h.chain.registers(); got != c.want {
				t.Errorf("at %s: got level %d, want %d", c.at, got, c.want)
			}
		}
	})
}

// A counter that knows no number yet.
func TestNoNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		s := number(1, 0)
		s.Known, s.Pages, s.Symbol, s.Marks = false, nil, "login", []string{"at_least"}
		h.publish(s)
		h.want("padlock", led.AuthError.Draw, nil)
		s.Seq, s.Symbol = 2, "policy"
		h.publish(s)
		h.want("braces", led.ConfigError.Draw, nil)
	})
}

// The chips go dark at the end.
func TestEndBlanks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		h.end()
		if _, level := h.chain.registers(); level != led.Off {
			t.Errorf("got level %d, want off", level)
		}
		if !h.conn().ended {
			t.Error("the connection was not ended")
		}
	})
}

// broken is a display that does not work.
type broken struct{}

func (broken) Show(led.Picture) error { return errors.New("input/output error") }
func (broken) Halt() error            { return nil }

func TestBrokenDisplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		slots := h.o.Slots
		h.o.Slots = func(d schema.Display) []glass.Slot {
			return append(slots(d), glass.Slot{Name: "terminal", Key: "terminal", Open: func() (glass.Display, error) { return broken{}, nil }})
		}
		h.run()
		h.leader("online")
		h.publish(number(5, 42))
		h.pass(5 * time.Minute)
		h.publish(number(6, 42))
		h.wantText("42", led.Faulty)
		h.wantLog("input/output error", 1)
		if got := h.status.Faulty; len(got) != 1 || got[0] != "terminal" {
			t.Errorf("faulty: got %q, want the terminal", got)
		}
	})
}
