package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

const eightWeeks = 8 * 7 * 24 * time.Hour

// neverMoreThan holds every status, and the log, to at most so many weeks, and the clock to
// being trusted only while it is right, or nothing is known yet.
func neverMoreThan(w *harness, clock *shiftedClock, weeks int) {
	var mu sync.Mutex
	wrong := map[string]int{}
	set := w.options
	w.options = func(o *Options) {
		if set != nil {
			set(o)
		}
		report := o.Report
		o.Report = func(s Status) {
			mu.Lock()
			defer mu.Unlock()
			by := clock.off()
			if s.Verdict.Lead.Weeks > weeks {
				wrong[fmt.Sprintf("%d weeks, the clock %s, off by %s", s.Verdict.Lead.Weeks, s.Clock, by)]++
			}
			if s.Clock == ClockTrusted && by.Abs() > clockSlack && s.Verdict.Lead.Known {
				wrong[fmt.Sprintf("the clock trusted, off by %s", by)]++
			}
			report(s)
		}
	}
	w.t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for what, times := range wrong {
			w.t.Errorf("told %d times: %s", times, what)
		}
		for line := range strings.Lines(w.log.String()) {
			if strings.Contains(line, "weeks=11") || strings.Contains(line, "-> 11") {
				w.t.Error(line)
			}
		}
	})
}

// datedOnly is a harness with a slow disk, whose clock only the server's Date confirms. It
// may never show more than so many weeks.
func datedOnly(t *testing.T, disk time.Duration, weeks int) (*harness, *shiftedClock) {
	w, clock := fridays(t), &shiftedClock{RealClock: NewRealClock(time.Now)}
	w.clock, w.store.takes = clock, disk
	w.options = func(o *Options) {
		o.ClockState = func(time.Time) ClockStatus { return ClockStatus{State: ClockUnsynchronised} }
	}
	w.source.date = time.Now
	neverMoreThan(w, clock, weeks)
	return w, clock
}

// While a clock that nothing has set reads another time than the last stored poll, a
// saved policy comes into force all the same, and is judged as of that poll.
func TestSaveByAnUntrustedClock(t *testing.T) {
	for name, by := range map[string]time.Duration{
		"behind the last poll": -20 * time.Minute, "a week behind": -7 * 24 * time.Hour, "right": 0, "eight weeks ahead": eightWeeks,
	} {
		for _, disk := range []time.Duration{0, 500 * time.Millisecond} {
			t.Run(fmt.Sprint(name, " ", disk), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := rebooted(t, by)
					neverMoreThan(w.harness, w.clock, 3)
					w.harness.store.takes = disk
					w.start()
					w.save(friday)
					w.pass(5 * time.Second)
					w.save("thursday")
					w.pass(10 * time.Minute)
					w.wantText("3", led.Stale)
					w.wantLog("hash=thursday")
				})
			})
		}
	}
}

// After an upgrade nothing is evaluated yet, and the last stored number is shown.
func TestRestartAfterAnUpgradeByAClockBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := rebooted(t, -time.Hour)
		w.harness.store.lastGood.Config = nil
		w.start()
		w.save(friday)
		w.pass(500 * time.Millisecond)
		w.wantText("3", led.Stale)
	})
}

// The clock jumps while the pages of a saved file are computed, and the loop meets the
// pages before it has looked at the clock.
func TestJumpBeforeASwap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, clock := datedOnly(t, 500*time.Millisecond, 3)
		w.startWith(slowPages{w.files})
		w.save(friday)
		w.pass(time.Minute)
		w.wantText("3")
		w.save("thursday") // 0.3 s to evaluate, 0.5 s to read, 0.7 s for the pages
		w.pass(1200 * time.Millisecond)
		clock.shift(eightWeeks)
		w.pass(20 * time.Second)
		w.wantText("3", led.Stale)
		w.wantLog("hash=thursday")
	})
}

// What a time server has confirmed does not hold after somebody has set the clock by
// hand: the stamp that it left is older. A new one does.
func TestStampOfBeforeAJump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := rebooted(t, 0)
		w.stamp.Store(time.Now().Unix())
		w.set.Store(true) // the kernel says so too, until somebody sets the clock
		w.start()
		w.save(friday)
		w.pass(10 * time.Minute)
		w.wantText("3")
		w.set.Store(false)
		for _, by := range []time.Duration{eightWeeks, 0} { // also when it is right again: the stamp is the same
			w.clock.shift(by)
			w.pass(2 * time.Hour)
			if s, _ := w.reported(); s.Clock == ClockTrusted || !s.Stale || s.Verdict.Lead.Weeks != 3 {
				t.Errorf("off by %s: got clock %s, stale %v, %d weeks", by, s.Clock, s.Stale, s.Verdict.Lead.Weeks)
			}
		}
		w.stamp.Store(time.Now().Unix())
		w.pass(maxSleep + time.Second)
		w.wantText("3")
		if s, _ := w.reported(); s.Clock != ClockTrusted {
			t.Errorf("got clock %s, want it trusted by the new stamp", s.Clock)
		}
	})
}

// A time server that has just set the clock has left a new stamp by the time that the
// loop looks.
func TestStampAfterAJump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := rebooted(t, -7*24*time.Hour)
		w.stamp.Store(time.Now().Unix())
		w.start()
		w.save(friday)
		w.pass(time.Minute)
		w.clock.shift(0)
		w.stamp.Store(time.Now().Unix())
		w.pass(maxSleep + time.Second)
		w.wantText("3")
	})
}

// A right clock and a slow server: its Date lies between the question and the answer.
func TestDateOfASlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := rebooted(t, 0)
		w.source.date, w.source.slow = time.Now, 6*time.Minute
		w.start()
		w.save(friday)
		w.pass(time.Hour)
		if s, _ := w.reported(); s.Clock != ClockTrusted {
			t.Errorf("got clock %s, poll %v", s.Clock, s.Polls)
		}
	})
}

// The clock is set to and fro while files are saved and polls and a slow disk go on.
// The number may never improve by it, and comes right again in the end.
func TestRandomJumps(t *testing.T) {
	shifts := []time.Duration{0, 0, eightWeeks, -time.Hour, time.Hour, 365 * 24 * time.Hour, -3 * 24 * time.Hour, 4 * time.Minute}
	seeds := 60
	if testing.Short() {
		seeds = 10
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(seed), 7))
				w, clock := datedOnly(t, time.Duration(r.IntN(400))*time.Millisecond, 4)
				w.source.slow = time.Duration(r.IntN(5000)) * time.Millisecond
				w.startWith(slowPages{w.files})
				w.save(friday)
				w.pass(time.Minute)
				for range 60 {
					if r.IntN(3) == 0 {
						w.save([]string{friday, "thursday", "Frday"}[r.IntN(3)])
					}
					w.pass(time.Duration(r.IntN(3000)) * time.Millisecond)
					if r.IntN(2) == 0 {
						clock.shift(shifts[r.IntN(len(shifts))])
					}
					w.pass(time.Duration(r.IntN(60000)) * time.Millisecond)
				}
				clock.shift(0)
				w.pass(20 * time.Minute)
				if s, _ := w.reported(); s.Clock != ClockTrusted || s.Stale || s.Verdict.Lead.Weeks < 3 {
					t.Errorf("in the end: clock %s, stale %v, %d weeks", s.Clock, s.Stale, s.Verdict.Lead.Weeks)
				}
			})
		})
	}
}

// The clock jumps while what a poll brought is written: that confirmed the clock of
// before.
func TestJumpWhileAPollIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, clock := datedOnly(t, 2*time.Second, 3)
		w.start()
		w.save(friday)
		w.pass(time.Minute)
		w.wantText("3")
		for w.source.count() == 1 { // until the next poll has answered
			w.pass(100 * time.Millisecond)
		}
		w.pass(time.Second)
		clock.shift(eightWeeks)
		w.pass(20 * time.Second)
		if s, _ := w.reported(); s.Clock == ClockTrusted {
			t.Errorf("got clock %s", s.Clock)
		}
	})
}

// After any step the clock is not trusted by the stamp of before.
func TestClockSteps(t *testing.T) {
	for _, by := range []time.Duration{3 * time.Second, -3 * time.Second, 4 * time.Minute, -6 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := rebooted(t, 0)
			w.stamp.Store(time.Now().Unix())
			w.start()
			w.save(friday)
			w.pass(10 * time.Minute)
			w.clock.shift(by)
			w.pass(maxSleep + time.Second)
			if s, _ := w.reported(); s.Clock != ClockUnsynchronised {
				t.Errorf("by %v: got %s", by, s.Clock)
			}
		})
	}
}

// A time server that sets the clock by small steps, and stamps each, keeps it trusted.
func TestClockStepsOfAStampedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := rebooted(t, 0)
		w.stamp.Store(time.Now().Unix())
		w.start()
		w.save(friday)
		w.pass(10 * time.Minute)
		for i := range 10 {
			w.clock.shift(time.Duration(i+1) * 4 * time.Minute)
			w.stamp.Add(100)
			w.pass(maxSleep + time.Second)
			if s, _ := w.reported(); s.Clock != ClockTrusted {
				t.Fatalf("step %d: got %s", i, s.Clock)
			}
		}
	})
}

// A clock that the machine calls set, and that reads earlier than a stored deployment, is
// not trusted for a moment, also before a policy is in force.
func TestStartBeforeTheLatestDate(t *testing.T) {
	for name, cached := range map[string]bool{"a policy that is kept": true, "one to be evaluated": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := rebooted(t, -40*24*time.Hour)
				neverMoreThan(w.harness, w.clock, 3)
				w.set.Store(true)
				if !cached {
					w.harness.store.lastGood.Config = nil
				}
				w.start()
				w.save(friday)
				w.pass(10 * time.Second)
				if s, _ := w.reported(); s.Clock != ClockBehind || s.Verdict.Lead.Weeks != 3 || !s.Stale {
					t.Errorf("got clock %s, %d weeks, stale %v", s.Clock, s.Verdict.Lead.Weeks, s.Stale)
				}
			})
		})
	}
}
