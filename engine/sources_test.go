package engine

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// withSecond adds a source to a policy, and a rule that leaves it out.
func withSecond(t *testing.T, c *schema.Config) {
	t.Helper()
	c.Sources = append(c.Sources, schema.Source{Name: "other", Kind: "bamboo", URL: "https://other.example.com"})
	alone := c.Rules[0]
	alone.Name, alone.Sources = "alone", []rules.Pattern{pattern(t, "bamboo")}
	c.Rules = append(c.Rules, alone)
}

// TestSecondSource shows what a source that hangs, or fails, does to the number: its rules are
// stale, and those that leave it out are not touched.
func TestSecondSource(t *testing.T) {
	for name, second := range map[string]*fakeSource{
		"hangs in its first poll": {hang: true}, "fails": {err: errors.New("refused")},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := fridays(t)
			withSecond(t, w.files[friday])
			w.options = func(o *Options) {
				o.Open = func(_ *schema.Config, name string) (source.Source, error) {
					if name == "other" {
						return second, nil
					}
					return w.source, nil
				}
			}
			w.show()
			w.pass(time.Hour)
			s, _ := w.reported()
			all := w.files[friday].Rules[0].Name
			if reasons := s.Because[all]; len(reasons) != 1 || reasons[0].Source != "other" {
				t.Errorf("a source that %s: %s is stale because of %v, want one reason of other", name, all, reasons)
			}
			if reasons := s.Because["alone"]; len(reasons) > 0 {
				t.Errorf("a source that %s: the rule that leaves it out is stale because of %v", name, reasons)
			}
			if got, want := weeks(s.Verdict.Lead), "3"; got != want {
				t.Errorf("a source that %s: got %s, want %s", name, got, want)
			}
		})
	}
}

// TestSecondSourceWithWrongClock has a clock that nothing vouches for, 20 weeks ahead. A source
// that was never read must not let the number go by it.
func TestSecondSourceWithWrongClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.pass(time.Hour)
		before, _ := w.reported()
		store := w.store
		w.end()
		u := newHarness(t, w.files)
		u.store = store
		clock := &shiftedClock{RealClock: NewRealClock(time.Now)}
		clock.shift(20 * 7 * 24 * time.Hour)
		u.clock = clock
		withSecond(t, u.files[friday])
		u.options = func(o *Options) {
			o.Open = func(*schema.Config, string) (source.Source, error) {
				return &fakeSource{err: errors.New("refused")}, nil
			}
			o.ClockState = func(time.Time) ClockStatus { return ClockStatus{State: ClockUnsynchronised} }
		}
		u.show()
		s, _ := u.reported()
		if got, want := weeks(s.Verdict.Lead), weeks(before.Verdict.Lead); got != want || !s.Stale {
			t.Errorf("got %s, stale %v; want %s, stale", got, s.Stale, want)
		}
	})
}
