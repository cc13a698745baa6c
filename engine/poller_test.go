package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A command takes nothing in when the clock is set while it asks.
func TestPollerWhileTheClockIsSet(t *testing.T) {
	for _, c := range []struct {
		by   time.Duration
		want string // of the error; "" for none
	}{{0, ""}, {4 * time.Minute, ""}, {eightWeeks, "the clock was set while the source was polled"}, {-time.Hour, "the clock was set"}} {
		synctest.Test(t, func(t *testing.T) {
			w, clock := fridays(t), &shiftedClock{RealClock: NewRealClock(time.Now)}
			w.source.slow = time.Minute
			go func() {
				time.Sleep(30 * time.Second)
				clock.shift(c.by)
			}()
			policy, err := NewPolicy(w.files[friday], ".")
			if err != nil {
				t.Fatal(err)
			}
			saves := 0
			poller := Poller{
				Policy: policy, Clock: clock, Note: func(string) {},
				Open:       func(string) (source.Source, error) { return w.source, nil },
				ClockState: func(time.Time) ClockStatus { return ClockStatus{State: ClockTrusted} },
				Save:       func(*source.Known, source.Changes) error { saves++; return nil },
			}
			known, err := poller.Poll(t.Context())
			if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) || (err == nil) != (len(known[0].Environments) > 0) || (err == nil) != (saves > 0) {
				t.Errorf("set by %s: got %v, %d environments, %d saves", c.by, err, len(known[0].Environments), saves)
			}
		})
	}
}

// A command that is ended, or cannot open a source, says so: the first changes nothing that
// is known, and after the second the number is stale.
func TestPollerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		policy, err := NewPolicy(w.files[friday], ".")
		if err != nil {
			t.Fatal(err)
		}
		saves := 0
		poller := Poller{
			Policy: policy, Clock: w.clock, Note: func(string) {},
			Open:       func(string) (source.Source, error) { return w.source, nil },
			ClockState: func(time.Time) ClockStatus { return ClockStatus{State: ClockTrusted} },
			Save:       func(*source.Known, source.Changes) error { saves++; return errors.New("no space left on device") },
		}
		good, err := poller.Poll(t.Context())
		if err != nil || saves != 1 || good[0].Size() != 1 {
			t.Errorf("got %v, %d saves, %d runs", err, saves, good[0].Size())
		}
		poller.Known = good
		w.source.hang = true
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		known, err := poller.Poll(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || saves != 1 || policy.Stale(known, time.Now(), 2*time.Hour)[policy.Rules[0].Rule().Name] != nil {
			t.Errorf("ended: got %v, %d saves, %+v", err, saves, known)
		}
		poller.Open = func(string) (source.Source, error) { return nil, errors.New("open ca.pem: permission denied") }
		known, err = poller.Poll(t.Context())
		if reasons := policy.Stale(known, time.Now(), 2*time.Hour)[policy.Rules[0].Rule().Name]; err == nil || len(reasons) != 1 || reasons[0].Kind != "poll" {
			t.Errorf("not opened: got %v, %+v", err, reasons)
		}
	})
}

// TestRoom counts the runs of all sources of a policy.
func TestRoom(t *testing.T) {
	known := func(name string, n int) source.Known {
		k := source.Known{Key: source.Key{Name: name}, Environments: make([]source.KnownEnvironment, 1)}
		k.Environments[0].Deployments = make([]rules.Deployment, n)
		return k
	}
	list := []source.Known{known("a", 12), known("b", 25), known("c", 30), known("of another policy", 1)}
	p := Policy{Sources: []PolicySource{{Key: list[0].Key}, {Key: list[1].Key}, {Key: list[2].Key}}}
	if got, want := p.room(list), MaxRuns-12-25-30; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
