package engine

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// A bootedHarness is a harness after a restart of the machine, whose clock may be wrong. What
// it knew before says 3 weeks.
type bootedHarness struct {
	*harness
	clock *shiftedClock
	set   atomic.Bool  // something has set the clock
	stamp atomic.Int64 // when something noted that, in seconds since 1970; 0: never
}

func boot(t *testing.T, by time.Duration) *bootedHarness {
	b := rebooted(t, by)
	b.start()
	b.save(friday)
	b.pass(500 * time.Millisecond)
	return b
}

// rebooted returns the harness before its start.
func rebooted(t *testing.T, by time.Duration) *bootedHarness {
	w := fridays(t).show()
	w.wantText("3")
	b := &bootedHarness{harness: w.restart(), clock: &shiftedClock{RealClock: NewRealClock(time.Now)}}
	b.clock.shift(by)
	b.harness.clock = b.clock
	b.source.set(nil)
	b.options = func(o *Options) {
		o.ClockState = func(now time.Time) ClockStatus {
			word := ClockStatus{State: ClockUnsynchronised}
			switch at := b.stamp.Load(); {
			case now.Year() < 1990:
				word.State = ClockBehind
			case at != 0:
				word = ClockStatus{ClockTrusted, time.Unix(at, 0), !b.set.Load()}
			case b.set.Load():
				word.State = ClockTrusted
			}
			return word
		}
	}
	return b
}

// A clock that nothing has set shows the last stored number, marked, whatever it says,
// and the right one as soon as it is set.
func TestUntrustedClock(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for name, by := range map[string]time.Duration{"1970": -41 * year, "last week": -7 * 24 * time.Hour, "right": 0, "next year": year, "2050": 39 * year} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := boot(t, by)
				w.wantText("3", led.Stale)
				w.pass(2 * time.Second)
				w.wantSymbol(led.ClockError, led.Stale)
				w.pass(time.Hour + 2*time.Second)
				w.wantText("3", led.Stale)
				if status, _ := w.reported(); status.Clock == ClockTrusted || !status.Stale || status.Verdict.Lead.Weeks != 3 {
					t.Errorf("status: clock %s, stale %v, %d weeks", status.Clock, status.Stale, status.Verdict.Lead.Weeks)
				}
				if c := w.store.stored(bamboo); c.Good.After(time.Now().Add(-time.Hour)) {
					t.Errorf("the store says that a poll was good at %s", c.Good)
				}
				w.clock.shift(7 * 24 * time.Hour)
				w.set.Store(true)
				w.pass(maxSleep + 3*time.Second)
				w.wantText("4")
				w.wantLog("the clock is trusted")
			})
		})
	}
}

// Without anything stored there is no number at all.
func TestUntrustedClockFromNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.options = func(o *Options) {
			o.ClockState = func(time.Time) ClockStatus { return ClockStatus{State: ClockUnsynchronised} }
		}
		w.show()
		w.wantSymbol(led.ClockError, led.Stale)
		w.pass(clockGrace)
		w.wantLog("--trust-clock")
		w.source.change(func(s *fakeSource) { s.date = time.Now })
		w.pass(time.Minute)
		w.wantText("3")
	})
}

// A server's Date confirms a clock that is not more than five minutes off.
func TestServerDate(t *testing.T) {
	for _, c := range []struct {
		off  time.Duration
		want bool
	}{{0, true}, {4 * time.Minute, true}, {-4 * time.Minute, true}, {6 * time.Minute, false}, {-6 * time.Minute, false}, {30 * 24 * time.Hour, false}} {
		synctest.Test(t, func(t *testing.T) {
			w := boot(t, 0)
			w.source.change(func(s *fakeSource) { s.date = func() time.Time { return time.Now().Add(c.off) } })
			w.pass(10 * time.Minute)
			if c.want {
				w.wantText("3")
				return
			}
			if status, _ := w.reported(); status.Clock == ClockTrusted || kindOf(status) != source.Clock {
				t.Errorf("off by %s: got clock %s, trouble %d", c.off, status.Clock, kindOf(status))
			}
			w.wantLog("and the server's")
		})
	}
}

// A clock that is put forward or back while it runs is followed within 5 s, and the source
// is polled once for it.
func TestClockStep(t *testing.T) {
	for name, c := range map[string]struct {
		by   time.Duration
		want string
	}{"an hour on": {time.Hour, "3"}, "an hour back": {-time.Hour, "3"}, "a day back": {-24 * time.Hour, "2"}, "a week on": {7 * 24 * time.Hour, "4"}, "50 years on": {50 * 365 * 24 * time.Hour, ""}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t)
				clock := &shiftedClock{RealClock: NewRealClock(time.Now)}
				w.clock = clock
				w.start()
				w.save(friday)
				w.pass(10 * time.Minute)
				before := w.source.count()
				clock.shift(c.by)
				w.pass(maxSleep + 2*time.Second)
				if got := w.source.count() - before; got != 1 {
					t.Errorf("got %d polls, want 1", got)
				}
				w.wantLog("the clock was set")
				if c.want != "" {
					w.wantText(c.want)
				}
				w.pass(30 * time.Minute)
				if got := w.source.count() - before; got > 7 { // every 5 minutes on a Friday
					t.Errorf("after half an hour: got %d polls, want 7 at most", got)
				}
			})
		})
	}
}

// A clock that jumps while a poll is under way is not confirmed by its answer, nor is
// that taken in: the number does not improve, and the store does not learn of a time
// that was not.
func TestClockStepDuringPoll(t *testing.T) {
	for _, slow := range []time.Duration{500 * time.Millisecond, 20 * time.Second, time.Minute} {
		for _, by := range []time.Duration{8 * 7 * 24 * time.Hour, 365 * 24 * time.Hour, time.Hour, -time.Hour} {
			t.Run(fmt.Sprint(slow, by), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { jumpDuringPoll(t, slow, by) })
			})
		}
	}
}

func jumpDuringPoll(t *testing.T, slow, by time.Duration) {
	w := boot(t, 0)
	w.source.change(func(s *fakeSource) { s.date, s.slow = time.Now, slow })
	w.pass(10 * time.Minute)
	for n := w.source.count(); w.source.count() == n; {
		w.pass(slow / 10)
	}
	w.clock.shift(by)
	for range 40 {
		w.pass(maxSleep + time.Second)
		if status, _ := w.reported(); status.Clock == ClockTrusted || !status.Stale || status.Verdict.Lead.Weeks > 3 {
			t.Fatalf("after the jump: clock %s, stale %v, %d weeks", status.Clock, status.Stale, status.Verdict.Lead.Weeks)
		}
	}
	if c := w.store.stored(bamboo); c.Good.After(time.Now()) {
		t.Errorf("at %s the store says that a poll was good at %s", time.Now(), c.Good)
	}
	w.clock.shift(0)
	w.pass(time.Hour)
	if status, _ := w.reported(); status.Clock != ClockTrusted || status.Stale || status.Verdict.Lead.Weeks != 3 {
		t.Errorf("right again: clock %s, stale %v, %d weeks", status.Clock, status.Stale, status.Verdict.Lead.Weeks)
	}
}

// A clock that a server's Date has confirmed, and that goes away from it without a
// jump, is not trusted any more.
func TestServerDateDisagrees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := boot(t, 0)
		var off atomic.Int64
		w.source.change(func(s *fakeSource) { s.date = func() time.Time { return time.Now().Add(time.Duration(off.Load())) } })
		w.pass(10 * time.Minute)
		w.wantText("3")
		off.Store(int64(time.Hour))
		w.pass(20 * time.Minute)
		if status, _ := w.reported(); status.Clock == ClockTrusted || kindOf(status) != source.Clock {
			t.Errorf("got clock %s, trouble %d", status.Clock, kindOf(status))
		}
		w.set.Store(true) // the machine's own word counts more
		w.pass(20 * time.Minute)
		w.wantText("3")
	})
}

// A clock that only a server's Date has confirmed is not trusted any more when it
// jumps, until the Date agrees again.
func TestClockStepAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := boot(t, 0)
		w.source.change(func(s *fakeSource) { s.date = time.Now })
		w.pass(10 * time.Minute)
		w.wantText("3")
		w.clock.shift(8 * 7 * 24 * time.Hour)
		w.pass(maxSleep + time.Second)
		if status, _ := w.reported(); status.Clock == ClockTrusted || status.Verdict.Lead.Weeks != 3 {
			t.Errorf("after a jump: clock %s, %d weeks", status.Clock, status.Verdict.Lead.Weeks)
		}
		w.clock.shift(0)
		w.pass(20 * time.Minute)
		w.wantText("3")
	})
}

// kindOf returns the kind of trouble of the last poll.
func kindOf(s Status) source.Kind {
	kind, _ := s.Trouble()
	return kind
}

// The clock is put back to before what is known and forward again: meanwhile it cannot
// be right, and the number stays.
func TestClockPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-10-01 15:00")), deployed("2", losAngeles(t, "2010-12-10 15:00")))
		clock := &shiftedClock{RealClock: NewRealClock(time.Now)}
		w.clock = clock
		w.show()
		w.wantText("3")
		clock.shift(-60 * 24 * time.Hour) // 1 November: after the first, before the second
		w.pass(time.Minute)
		w.wantText("3", led.Stale)
		w.wantLog("which is too early")
		clock.shift(0)
		w.pass(time.Minute)
		w.wantText("3")
	})
}
