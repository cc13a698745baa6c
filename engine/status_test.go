package engine

import (
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// What those who watch are told of polls, files and the clock.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		var state atomic.Value
		state.Store(ClockTrusted)
		var beats atomic.Int64
		w.options = func(o *Options) {
			o.ClockState = func(time.Time) ClockStatus { return ClockStatus{State: state.Load().(ClockState)} }
			o.Heartbeat = func(bool) { beats.Add(1) }
		}
		w.show()
		first, _ := w.reported()
		if got := first.Reloads; got.Accepted != 1 || got.Refused != 0 || got.Last.IsZero() {
			t.Errorf("reloads at first: got %+v", got)
		}
		if got := first.Known[0].Environments; len(got) != 1 || got[0].Read.IsZero() || got[0].Name != "Production" {
			t.Errorf("environments: got %+v, want Production", got)
		}
		w.save("Frday")
		w.pass(time.Second)
		refused, _ := w.reported()
		if got := refused.Reloads; got.Accepted != 1 || got.Refused != 1 || got.RefusedSince.Before(got.Last) || !reflect.DeepEqual(refused.Known, first.Known) {
			t.Errorf("after a refusal: got %+v, known %+v", got, refused.Known)
		}

		w.pass(2 * time.Hour) // polls that bring nothing
		later, _ := w.reported()
		if !readAt(later).After(readAt(first)) {
			t.Errorf("after polls: read at %s, want later", readAt(later))
		}
		w.source.set(errors.New("GET https://bamboo.example.com: 502"))
		w.pass(2 * time.Hour)
		failing, _ := w.reported()
		if _, err := failing.Trouble(); !failing.Stale || err == nil || readAt(failing).After(readAt(later).Add(time.Hour)) {
			t.Errorf("while polls fail: stale %v, %v, read at %s", failing.Stale, err, readAt(failing))
		}
		w.wantReason("poll", "not_read")
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")), deployed("2", losAngeles(t, "2010-12-17 15:00")))
		w.pass(time.Hour)
		if more, _ := w.reported(); more.Verdict.Lead.Weeks != 2 {
			t.Errorf("after more: %d weeks", more.Verdict.Lead.Weeks)
		}

		state.Store(ClockUnsynchronised) // it was set once, and goes on
		w.pass(maxSleep)
		if got, _ := w.reported(); got.Clock != ClockTrusted {
			t.Errorf("clock: got %s, want trusted", got.Clock)
		}
		state.Store(ClockBehind)
		w.pass(maxSleep)
		if got, _ := w.reported(); got.Clock != ClockBehind || !got.Stale {
			t.Errorf("clock: got %s, stale %v, want behind", got.Clock, got.Stale)
		}
		before := beats.Load()
		w.pass(2 * maxSleep)
		if beats.Load() < before+2 {
			t.Errorf("got %d beats in %s, want one each %s at least", beats.Load()-before, 2*maxSleep, maxSleep)
		}
	})
}

// readAt returns when the first environment was read.
func readAt(s Status) time.Time { return s.Known[0].Environments[0].Read }

// A status comes after each poll, also one that brings nothing or fails, and with another interval.
func TestStatusAfterEachPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		ends := map[time.Time]bool{} // of polls, as told
		w.options = func(o *Options) {
			o.Report = func(s Status) {
				w.report(s)
				if n := s.Verdict.Lead; n.Known && len(s.Pages) > 0 && s.Pages[0].Text != fmt.Sprint(n.Weeks) {
					t.Errorf("%d weeks, and the page %q", n.Weeks, s.Pages[0].Text)
				}
				for _, k := range s.Known {
					ends[k.Good], ends[k.Failed] = true, true
				}
			}
		}
		w.show()
		status, _ := w.reported()
		if status.Every != 5*time.Minute {
			t.Errorf("every: got %v, want 5 minutes", status.Every)
		}
		w.pass(10 * time.Hour)
		w.source.set(errors.New("502"))
		w.pass(time.Hour)
		delete(ends, time.Time{})
		if w.source.mu.Lock(); len(ends) != w.source.polls {
			t.Errorf("told of %d polls of %d", len(ends), w.source.polls)
		}
		w.source.mu.Unlock()
	})
}
