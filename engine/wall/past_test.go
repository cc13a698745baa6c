package wall

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// What is old does not look fresh by the way that it comes.
func TestOldMessages(t *testing.T) {
	boot := func(seq uint64, weeks int, boot string, ago time.Duration) State {
		s := number(seq, weeks)
		s.Boot, s.At = boot, time.Now().Add(-ago)
		return s
	}
	for _, c := range []struct {
		name string
		do   func(*harness)
		want string
		mark []led.Mark
	}{
		{"a counter that hangs publishes again at a reconnect", func(h *harness) {
			m := Message{Topic: "state", Payload: payload(h.t, number(6, 43), time.Now().Add(-3*time.Minute)), Expiry: time.Minute}
			h.send(m)
		}, "43", []led.Mark{led.Stale}},
		{"a broker's old file has a state of the counter's start before", func(h *harness) {
			h.retained(boot(900, 44, "z", time.Minute), time.Minute)
		}, "42", nil},
		{"so does that of a wall that was started again", func(h *harness) {
			h.restart()
			h.leader("online")
			h.retained(boot(900, 44, "z", time.Minute), time.Minute)
		}, "42", []led.Mark{led.Stale}},
		{"another start of the counter, from the broker", func(h *harness) {
			h.pass(time.Minute)
			h.retained(boot(1, 43, "b", time.Second), time.Second)
		}, "43", nil},
		{"another start of the counter, by another clock", func(h *harness) { // the counter's clock was ahead
			h.clock = "unsynchronised"
			h.publish(boot(1, 43, "b", time.Hour))
		}, "43", nil},
		{"the old broker goes on while the file names another", func(h *harness) {
			old := h.conn()
			h.save("other broker")
			h.pass(310 * time.Millisecond) // evaluated, and the old connection ends
			old.received(Message{Topic: "state", Payload: payload(h.t, number(6, 43), time.Now())})
			old.received(Message{Topic: "leader", Payload: []byte("online")})
			h.pass(time.Second)
		}, "42", []led.Mark{led.Stale}},
		{"a counter that is dead says online on another broker", func(h *harness) {
			h.save("other broker")
			h.pass(time.Second)
			h.leader("online")
		}, "42", []led.Mark{led.Stale}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarness(t).run()
				h.leader("online")
				h.publish(number(5, 42))
				h.pass(15 * time.Second) // it is stored
				c.do(h)
				h.wantText(c.want, c.mark...)
			})
		})
	}
}

// A broker whose clock was put back keeps a state for too long, which then seems to be new.
func TestBrokersClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHarness(t).run()
		h.leader("online")
		s := number(5, 42)
		s.At = time.Now().Add(-time.Hour)
		h.retained(s, 0)
		h.wantSymbols("42", led.ClockError)
	})
}
