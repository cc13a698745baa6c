package bamboo

import (
	"context"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

func TestFraction(t *testing.T) {
	hours := func(h int) time.Time { return noon.Add(-time.Duration(h) * time.Hour) }
	for _, test := range []struct {
		oldest, horizon time.Time
		want            float64
	}{
		{time.Time{}, hours(100), 0},
		{hours(0), hours(100), 0},
		{hours(-3), hours(100), 0},
		{hours(25), hours(100), 0.25},
		{hours(100), hours(100), 1},
		{hours(200), hours(100), 1},
		{hours(1), hours(0), 1},
		{hours(1), hours(-1), 1},
		{time.Time{}, hours(-1), 0},
		{hours(24 * 365 * 28), time.Unix(1, 0), 0.4919},
	} {
		p := Progress{Now: noon, Oldest: test.oldest, Horizon: test.horizon}
		if got := p.Fraction(); got < test.want-1e-4 || got > test.want+1e-4 {
			t.Errorf("from %v to %v of %v: got %v, want %v", noon, test.oldest, test.horizon, got, test.want)
		}
	}
}

// What progress tells only grows.
func TestProgressGrows(t *testing.T) {
	for name, change := range map[string]func(s *bambootest.Server){
		"first":   func(*bambootest.Server) {},
		"resumed": func(s *bambootest.Server) { s.Inject("results", -1, bambootest.After(30, bambootest.Status(500))) },
		"oldest first": func(s *bambootest.Server) {
			s.Quirks.OldestFirst = true
		},
	} {
		s := one(history(1000))
		o := Opts{URL: start(t, s), HistoryFrom: noon.Add(-900 * time.Hour)}
		m := newMemory()
		change(s)
		last, calls := 0.0, 0
		tell := func(p Progress) {
			if got := p.Fraction(); got < last || !p.Now.Equal(noon) {
				t.Errorf("%s: got %v after %v: %+v", name, got, last, p)
			} else {
				last = got
			}
			calls++
		}
		a, _ := newClient(t, o).Poll(context.Background(), m, noon, tell)
		m.keep(a)
		s.Heal()
		if len(a.Interrupted) > 0 {
			if last < 0.7 || last > 0.9 {
				t.Errorf("%s: got %v when it was cut off", name, last)
			}
			last = 0
			if _, err := newClient(t, o).Poll(context.Background(), m, noon, tell); err != nil {
				t.Error(err)
			}
		}
		if last != 1 || calls < 10 {
			t.Errorf("%s: got %v in %d calls, want 1", name, last, calls)
		}
	}
}
