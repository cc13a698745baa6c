package report

import (
	"errors"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// weeksSince is the status of a wall that shows a number.
func weeksSince(weeks int, at time.Time) engine.Status {
	return engine.Status{Policy: &engine.Policy{}, Verdict: engine.Verdict{
		At: at.UTC(), Lead: rules.Streak{InForce: true, Known: true, Weeks: weeks, Since: at.UTC()},
	}}
}

func TestStatusLine(t *testing.T) {
	refused := errors.New("counter.cue:1:1: typo")
	twelve := weeksSince(12, time.Date(2025, 12, 19, 15, 22, 0, 0, time.UTC))
	stale := twelve
	stale.Stale, stale.Refused = true, refused
	for _, c := range []struct {
		status engine.Status
		want   string
	}{
		{engine.Status{Refused: refused}, "counter.cue is refused, and there is none in force"},
		{engine.Status{Policy: &engine.Policy{}}, "the number is not known yet"},
		{twelve, "12 weeks since Friday 19 December 2025, 15:22 UTC"},
		{stale, "12 weeks since Friday 19 December 2025, 15:22 UTC; stale; counter.cue is refused"},
	} {
		if got := StatusLine(&c.status, "counter.cue"); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
