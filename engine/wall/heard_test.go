package wall

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/watch"
)

// What makes a number stale, and what makes it fresh again. Each case begins with a wall that has
// just heard 42.
func TestStale(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*harness)
		want []led.Mark
	}{
		{"heard a moment ago", func(h *harness) {}, nil},
		{"as old as it may be", func(h *harness) { h.pass(2*time.Minute - time.Second) }, nil},
		{"too old", func(h *harness) { h.pass(2*time.Minute - 499*time.Millisecond) }, []led.Mark{led.Stale}},
		{"heard again", func(h *harness) { h.pass(10 * time.Minute); h.publish(number(6, 42)) }, nil},
		{"the counter is offline", func(h *harness) { h.leader("offline") }, []led.Mark{led.Stale}},
		{"the counter's topic is empty", func(h *harness) { h.leader("") }, []led.Mark{led.Stale}},
		{"the counter is online again", func(h *harness) { h.leader("offline"); h.leader("online") }, nil},
		{"offline, and a state of before", func(h *harness) { h.leader("offline"); h.publish(number(6, 42)) }, []led.Mark{led.Stale}},
		{"online again, but too long ago", func(h *harness) { h.leader("offline"); h.pass(3 * time.Minute); h.leader("online") }, []led.Mark{led.Stale}},
		{"the connection is lost", func(h *harness) { h.conn().changed(errors.New("connection refused")); h.pass(time.Minute) }, nil},
		{"the connection is lost for long", func(h *harness) { h.conn().changed(errors.New("connection refused")); h.pass(3 * time.Minute) }, []led.Mark{led.Stale}},
		{"the broker sends it again", func(h *harness) { h.pass(3 * time.Minute); h.retained(number(5, 42), time.Second) }, []led.Mark{led.Stale}},
		{"an older one of the same start", func(h *harness) { h.pass(3 * time.Minute); h.publish(number(4, 41)) }, []led.Mark{led.Stale}},
		{"one that was kept for a minute", func(h *harness) { h.retained(number(6, 42), time.Minute); h.pass(time.Minute - time.Second) }, nil},
		{"one that was kept for two minutes", func(h *harness) { h.retained(number(6, 42), time.Minute); h.pass(time.Minute + time.Second) }, []led.Mark{led.Stale}},
		{"one that was kept for long", func(h *harness) { h.retained(number(6, 42), 3*time.Minute) }, []led.Mark{led.Stale}},
		{"one that the broker keeps for ever", func(h *harness) {
			h.send(Message{Topic: "state", Payload: payload(h.t, number(6, 42), time.Now()), Retained: true})
		}, []led.Mark{led.Stale}},
		{"the counter says so", func(h *harness) { s := number(6, 42); s.Stale = true; h.publish(s) }, []led.Mark{led.Stale}},
		{"the counter's marks", func(h *harness) {
			s := number(6, 42)
			s.Marks = []string{"stale", "refused", "at_least"}
			h.publish(s)
		}, []led.Mark{led.Stale, led.Refused, led.AtLeast}},
		{"a message that cannot be read", func(h *harness) { h.send(Message{Topic: "state", Payload: []byte("{")}) }, []led.Mark{led.Stale}},
		{"a message that can be read again", func(h *harness) {
			h.send(Message{Topic: "state", Payload: []byte("{")})
			h.publish(number(6, 42))
		}, nil},
		{"stale_after, not yet", func(h *harness) { h.save("patient"); h.pass(time.Hour - 2*time.Second) }, nil},
		{"stale_after", func(h *harness) { h.save("patient"); h.pass(time.Hour + time.Second) }, []led.Mark{led.Stale}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t)
				h.files["patient"] = wallFile("shop")
				h.files["patient"].Source.StaleAfter = time.Hour
				h.run()
				h.leader("online")
				h.publish(number(5, 42))
				h.wantText("42")
				c.do(h)
				h.wantText("42", c.want...)
				stale := len(c.want) > 0
				h.mu.Lock()
				defer h.mu.Unlock()
				if got := h.conns[len(h.conns)-1].shown; got[len(got)-1].Stale != stale || (h.status.Stale != nil) != stale {
					t.Errorf("it says stale %v, and %v; want %v", got[len(got)-1].Stale, h.status.Stale, stale)
				}
			})
		})
	}
}

// A counter that was started again begins to count anew.
func TestAnotherBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		s := number(1, 43)
		s.Boot = "b"
		h.publish(s)
		h.wantText("43")
		h.publish(number(6, 44)) // a wall cannot know which of two is the right one
		h.wantText("44")
	})
}

func TestNothingHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.wantText("--")
		h.leader("online")
		h.pass(time.Hour)
		h.wantText("--")
		h.leader("offline")
		h.wantText("--")
		h.send(Message{Topic: "state", Payload: []byte("garbage")})
		h.wantText("--", led.Stale)
	})
}

// A state that comes before anything says that the counter is online may be one of a counter that
// died together with its broker.
func TestNothingSaysOnline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.retained(number(5, 42), time.Second)
		h.wantText("42", led.Stale)
		h.leader("online")
		h.wantText("42")
	})
}

// The counter's clock and the wall's.
func TestClock(t *testing.T) {
	for _, c := range []struct {
		name  string
		off   time.Duration
		state engine.ClockState
		from  string // symbol of the counter
		want  []led.Symbol
	}{
		{"near", -4 * time.Minute, engine.ClockTrusted, "", nil},
		{"behind", -6 * time.Minute, engine.ClockTrusted, "", []led.Symbol{led.ClockError}},
		{"ahead", 6 * time.Minute, engine.ClockTrusted, "", []led.Symbol{led.ClockError}},
		{"far ahead", 250 * 365 * 24 * time.Hour, engine.ClockTrusted, "", []led.Symbol{led.ClockError}},
		{"the wall's is not trusted", time.Hour, engine.ClockUnsynchronised, "", nil},
		{"the wall's is behind", time.Hour, engine.ClockBehind, "", nil},
		{"a login comes before", time.Hour, engine.ClockTrusted, "login", []led.Symbol{led.AuthError}},
		{"an environment after", time.Hour, engine.ClockTrusted, "environment", []led.Symbol{led.ClockError}},
		{"an environment", 0, engine.ClockTrusted, "environment", []led.Symbol{led.Environment}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t)
				h.clock = c.state
				h.run()
				h.leader("online")
				s := number(5, 42)
				s.At, s.Symbol = time.Now().Add(c.off), c.from
				h.publish(s)
				h.wantSymbols("42", c.want...)
				s.At, s.Symbol, s.Seq = time.Now(), "", s.Seq+1
				h.publish(s)
				h.wantText("42")
			})
		})
	}
}

// SIGHUP connects anew, and so does another broker; the number stays.
func TestConnectsAnew(t *testing.T) {
	for _, c := range []struct {
		name  string
		saved watch.Saved
		marks []led.Mark
	}{
		{"SIGHUP", watch.Saved{Data: []byte("good"), Hash: "good", Reloaded: true}, nil},
		{"another broker", watch.Saved{Data: []byte("other broker"), Hash: "other broker"}, []led.Mark{led.Stale}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t).run()
				h.leader("online")
				h.publish(number(5, 42))
				old := h.conn()
				h.saves <- c.saved
				h.pass(time.Second)
				h.wantText("42", c.marks...)
				if now := h.conn(); len(h.conns) != 2 || !old.ended || len(now.shown) == 0 {
					t.Fatalf("%d connections, the old one ended: %v, the new one said %v", len(h.conns), old.ended, now.shown)
				}
				old.received(Message{Topic: "leader", Payload: []byte("offline")}) // is of no interest any more
				synctest.Wait()
				h.wantText("42", c.marks...)
				h.leader("online")
				h.wantText("42", c.marks...)
				h.retained(number(5, 42), time.Second)
				h.wantText("42")
			})
		})
	}
}

// A program or a machine that was stopped knows nothing of the time in between, and what the broker
// sent before comes after it.
func TestStopped(t *testing.T) {
	for _, c := range []struct {
		name  string
		lasts time.Duration
		want  []led.Mark
	}{{"a moment", 9 * time.Second, nil}, {"long", time.Minute, []led.Mark{led.Stale}}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t)
				var stop atomic.Int64
				h.o.Heartbeat = func(bool) { time.Sleep(time.Duration(stop.Swap(0))) }
				h.run()
				h.leader("online")
				h.publish(number(5, 42))
				stop.Store(int64(c.lasts))
				h.pass(5 * time.Second)
				old, sent := h.conn(), payload(t, number(6, 42), time.Now())
				go old.received(Message{Topic: "state", Payload: sent})
				h.pass(c.lasts + 2*time.Second)
				h.wantText("42", c.want...)
				if c.want == nil {
					return
				}
				if h.conn() == old {
					t.Fatal("it did not connect anew")
				}
				h.retained(number(6, 42), c.lasts)
				h.wantText("42")
			})
		})
	}
}

// shifted is a clock that can be put forward, as that of a machine is after it slept.
type shifted struct {
	*engine.RealClock
	by atomic.Int64
}

func (c *shifted) Now() (time.Time, time.Duration) {
	now, uptime := c.RealClock.Now()
	return now.Add(time.Duration(c.by.Load())), uptime
}

func TestMachineSlept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		clock := &shifted{RealClock: engine.NewRealClock(time.Now)}
		h.clock = engine.ClockUnsynchronised // else the clock's symbol takes turns with the number
		h.o.Clock = clock
		h.run()
		h.leader("online")
		h.publish(number(5, 42))
		h.pass(10 * time.Second)
		h.wantText("42")
		clock.by.Store(int64(8 * time.Hour))
		h.pass(6 * time.Second)
		h.wantText("42", led.Stale)
		h.retained(number(5, 42), time.Minute) // the same
		h.wantText("42")
	})
}

// What another counter published is not the number of this one.
func TestAnotherTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		h.publish(number(5, 42))
		h.save("other team")
		h.pass(time.Second)
		h.wantText("--")
		h.leader("online")
		h.publish(number(5, 7))
		h.wantText("7")
	})
}

// Trouble with the connection is told once.
func TestConnectionTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t)
		h.files["bad CA"] = wallFile("refused")
		h.run()
		for range 100 {
			h.conn().changed(errors.New("another client has the same id"))
			h.pass(time.Minute)
		}
		h.wantLog("the broker cannot be used", 1)
		h.wantLog("another client has the same id", 1)
		h.conn().changed(nil)
		synctest.Wait()
		h.wantLog("the broker can be used again", 1)
		h.save("bad CA")
		h.pass(10 * time.Minute)
		h.wantLog("read ca.pem: no such file", 1)
		h.wantText("--")
		h.save("good")
		h.pass(time.Second)
		h.leader("online")
		h.publish(number(5, 42))
		h.wantText("42")
	})
}
