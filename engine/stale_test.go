package engine

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/watch"
)

func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.source.set(errors.New("GET https://bamboo.example.com: 502"))
		w.pass(time.Hour)
		w.wantText("3", led.Stale)
		w.wantLog("502")
		w.source.set(nil)
		w.pass(20 * time.Minute)
		w.wantText("3")
		w.wantLog("polling works again")
	})
}

// A poll that never comes back makes the facts stale after twice the interval.
func TestStaleWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(9 * time.Hour) // it is Saturday: one poll an hour
		w.source.change(func(s *fakeSource) { s.hang = true })
		status, _ := w.reported()
		w.pass(time.Until(status.Good.Add(2*time.Hour)) - time.Second)
		w.wantText("3")
		w.pass(2 * time.Second)
		w.wantText("3", led.Stale)
	})
}

// A source that has lost everything is trouble, and what it had stays.
func TestSourceThatLostEverythingIsStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		for range 2 { // over restarts too
			w = w.restart()
			w.source.answer.Listed = true // it has not even an environment
			w.show()
			if s, _ := w.reported(); s.Verdict.Lead.Weeks != 3 || !s.Stale {
				t.Errorf("got %d weeks, stale %v, want 3, stale", s.Verdict.Lead.Weeks, s.Stale)
			}
			w.wantReason("gone")
			w.pass(2 * time.Second)
			w.wantSymbol(led.Environment, led.Stale)
		}
	})
}

// On Friday the source is polled each 5 minutes in place of each hour. The longer interval
// is kept until a poll has ended: else what was read half an hour ago would be stale at
// midnight, although nothing is wrong.
func TestIntervalIsKeptUntilAPollHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		midnight := losAngeles(t, "2011-01-07 00:00")
		w.pass(time.Until(midnight) - 30*time.Minute)
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true} // polls at once
		w.pass(29 * time.Minute)
		w.source.change(func(s *fakeSource) { s.slow = 8 * time.Minute })
		w.pass(time.Until(midnight) + 7*time.Minute)
		w.wantText("3")
		w.source.change(func(s *fakeSource) { s.hang = true })
		w.pass(2 * time.Minute) // that poll has ended, the next one does not
		w.wantText("3")
		w.pass(2 * time.Minute)
		w.wantText("3", led.Stale)
	})
}

// Staleness is told when it comes, and not with the next judgement.
func TestStatusTurnsStaleInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(9 * time.Hour)
		w.source.change(func(s *fakeSource) { s.hang = true })
		status, _ := w.reported()
		w.pass(time.Until(status.Good.Add(2*time.Hour)) - time.Second)
		if status, _ := w.reported(); status.Stale {
			t.Error("it is stale a second too early")
		}
		w.pass(2 * time.Second)
		if status, _ := w.reported(); !status.Stale {
			t.Error("it is not stale in time")
		}
	})
}
