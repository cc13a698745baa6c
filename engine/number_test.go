package engine

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// fridays is a harness whose file forbids Fridays and whose source knows one breach,
// on Friday 10 December 2010 at 15:00: three weeks before 31 December.
func fridays(t *testing.T) *harness {
	w := newHarness(t, files{
		friday:     config(time.Friday),
		"thursday": config(time.Thursday, time.Friday),
	})
	w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
	return w
}

func TestNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		if got := w.glass.calls().shown; got != 0 {
			t.Errorf("before any file: got %d pictures, want none", got)
		}
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w.wantLog(`weeks=3`)
		w.wantLog(`version=release-1`)
	})
}

// The number ticks at the minute, by the wall clock of the zone and without a poll.
func TestNumberTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		tick := losAngeles(t, "2011-01-07 15:01")
		w.pass(time.Until(tick) - time.Second)
		w.wantText("3")
		w.pass(2100 * time.Millisecond)
		w.wantText("4")
	})
}

func TestUnknownAndAtLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(errors.New("no route to host"))
		w.show()
		w.wantSymbol(led.Unknown, led.Stale)
		w.source.set(nil)
		w.pass(time.Hour)
		w.wantText("52", led.AtLeast)
	})
}

// Months of polls, a breach and four faults in each: the number is right every day.
func TestNumberOverMonths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.slots[0].Refresh = 0 // three million rewrites show nothing here
		w.start()
		w.save(friday)
		breach := losAngeles(t, "2010-12-10 15:01")
		days := 95
		if testing.Short() {
			days = 35
		}
		for day := range days {
			w.pass(24 * time.Hour)
			switch {
			case day%30 == 29:
				for breach = time.Now(); breach.In(mustZone(t)).Weekday() != time.Friday; breach = breach.Add(-24 * time.Hour) {
				}
				w.source.set(nil, deployed(fmt.Sprint(day), breach.Add(-time.Minute)))
				w.pass(2 * time.Hour)
			case day%7 == 3:
				w.source.set(errors.New("connection refused"))
				w.pass(90 * time.Minute)
				w.source.set(nil)
				w.pass(time.Hour)
			}
			want := int(time.Since(breach).Hours()) / (24 * 7)
			status, _ := w.reported()
			if got := status.Verdict.Lead.Weeks; got != want && !nearTick(breach) {
				t.Fatalf("day %d: got %d weeks, want %d", day, got, want)
			}
		}
	})
}

func mustZone(t *testing.T) *time.Location { return losAngeles(t, "2011-01-01 00:00").Location() }

// nearTick reports whether daylight saving may put the tick an hour off the
// arithmetic of TestYear.
func nearTick(breach time.Time) bool {
	since := time.Since(breach) % (7 * 24 * time.Hour)
	return since < 2*time.Hour || since > 7*24*time.Hour-2*time.Hour
}

// Until the page for a known number is computed, the dashes stay: the page for an
// unknown one says 0.
func TestNoFalseNumberAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.slow = 200 * time.Millisecond
		w.startWith(slowPages{w.files})
		w.save(friday)
		seen := map[string]bool{}
		for range 300 {
			seen[w.glass.picture()] = true
			w.pass(10 * time.Millisecond)
		}
		w.wantText("3")
		zero, err := led.Fit("0", 16, 8, led.FontAuto, led.Saturate)
		if err != nil {
			t.Fatal(err)
		}
		f := led.NewFrame(16, 8)
		zero.Draw(f, 0)
		if seen[f.String()] {
			t.Error("a zero was shown while the number was not known")
		}
	})
}

// A scope that matches nothing is trouble.
func TestScopeMatchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scoped := config(time.Friday)
		scoped.Rules[0].Environments = []rules.Pattern{pattern(t, "Prodution")}
		w := newHarness(t, files{"scoped": scoped})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save("scoped")
		w.pass(time.Second)
		w.wantSymbol(led.Environment, led.Stale)
		w.wantReason("scope")
	})
}

// A rule whose since is to come is not in force: with another rule the wall is that one's, and
// alone it shows that nothing is known, which is not stale. It comes into force by itself.
func TestSinceToCome(t *testing.T) {
	since := rules.Date{Year: 2011, Month: time.January, Day: 3}
	later := config(time.Friday)
	later.Rules[0].Since = since
	both := config(time.Friday)
	both.Rules = append(both.Rules, rules.Rule{Name: "weekends", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Saturday}, To: 24 * 60}}, Since: since})
	for name, c := range map[string]struct {
		policy *schema.Config
		before func(*harness)
	}{
		"alone": {later, func(w *harness) { w.wantSymbol(led.Unknown) }},
		"both":  {both, func(w *harness) { w.wantText("3") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newHarness(t, files{friday: c.policy})
				w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
				w.start()
				w.save(friday)
				w.pass(time.Until(losAngeles(t, "2011-01-03 00:00")) - time.Second)
				c.before(w)
				w.pass(2100 * time.Millisecond)
				w.wantText("0")
				status, _ := w.reported()
				if lead := status.Verdict.Lead; !lead.InForce || !lead.Since.Equal(losAngeles(t, "2011-01-03 00:00")) || status.Stale {
					t.Errorf("got %+v, stale %v", lead, status.Stale)
				}
			})
		})
	}
}
