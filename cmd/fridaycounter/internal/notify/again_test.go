package notify

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// What was told is not told again after the policy was changed and changed back.
func TestPolicyThereAndBack(t *testing.T) {
	t.Run("a record", func(t *testing.T) {
		w := newWorld(t)
		w.from = at("05 00:00")
		w.deploy("2", "07 09:00", "07 09:10")
		w.deploy("3", "09 09:00", "09 09:10")
		w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday, time.Monday)}
		w.want("10 12:00", "")
		w.want("17 12:00", "record free")
		w.config.Rules[0].Except = except("3")
		w.want("17 13:00", "record free") // a longer streak
		w.config.Rules[0].Except = nil
		w.want("17 14:00", "")
		w.config.Rules[0].Except = except("3")
		w.want("17 15:00", "")
	})
	t.Run("a record, under another name of its source", func(t *testing.T) {
		w := newWorld(t)
		w.from = at("05 00:00")
		w.deploy("2", "07 09:00", "07 09:10")
		w.config.Rules = []rules.Rule{weekday("free", time.Friday, time.Saturday)}
		w.want("10 12:00", "")
		w.want("17 12:00", "record free")
		w.source = "renamed"
		w.want("17 13:00", "")
	})
	t.Run("a window", func(t *testing.T) {
		w := newWorld(t)
		w.want("12 12:00", "")
		w.want("12 23:10", "window no-friday 1h0m0s")
		w.config.Rules[0].Forbid[0].From = 5
		w.want("12 23:20", "window no-friday 1h0m0s") // another window
		w.config.Rules[0].Forbid[0].From = 0
		w.want("12 23:30", "")
		w.config.Rules[0].Name = "renamed"
		w.want("12 23:40", "")
	})
}

// That the number is stale is noticed while the clock reads a day of long ago: it is not too old to be
// told when the clock is set, and it is told once.
func TestNoticedByAWrongClock(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, time.Minute)
		w.because = map[string][]facts.Reason{"no-friday": {{Kind: "poll", Text: "no network"}}}
		w.clock, w.behind = engine.ClockUnsynchronised, 100*24*time.Hour
		n.hook.answer = func(int) (int, error) { return 0, errors.New("no network") }
		n.run(w, time.Hour)
		n.want(t, "while there is no network", "")
		n.start()
		w.clock, w.behind = engine.ClockTrusted, 0
		n.run(w, time.Minute)
		n.hook.answer = nil
		n.run(w, time.Hour)
		n.want(t, "when there is one", "stale")
		n.start()
		n.run(w, time.Hour)
		n.want(t, "and after a restart", "stale")
	})
}

// A slow receiver takes a payload, and answers a moment later.
type slow struct {
	*receiver
	took chan struct{}
}

func (s slow) RoundTrip(q *http.Request) (*http.Response, error) {
	answer, err := s.receiver.RoundTrip(q)
	close(s.took)
	select {
	case <-time.After(300 * time.Millisecond):
		return answer, err
	case <-q.Context().Done():
		return nil, q.Context().Err()
	}
}

// An end of the program waits for the answer of a receiver that has the payload.
func TestEndWhileTelling(t *testing.T) {
	inTime(t, func(t *testing.T, w *world, n *notifying) {
		n.run(w, time.Minute)
		s := slow{n.hook, make(chan struct{})}
		n.transport = s
		w.deploy("2", "13 09:00", "13 09:10")
		time.Sleep(time.Until(at("13 09:20")))
		w.now = time.Now().UTC()
		n.Update(*w.status())
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { n.Run(ctx); close(done) }()
		<-s.took
		stop()
		<-done
		n.start()
		n.run(w, time.Hour)
		n.want(t, "after the restart", "breach")
	})
}
