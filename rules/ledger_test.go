package rules_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// fridays is the rule of the article, in UTC.
func fridays() *rules.Judge {
	return rules.NewJudge(rules.Rule{Name: "no-friday-deploys", Forbid: []rules.Window{{Weekdays: rules.WeekdaySet(time.Friday)}}}, time.UTC)
}

// production returns Production, known from a day in UTC.
func production(tb testing.TB, from string) []rules.Environment {
	tb.Helper()
	return []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: local(tb, time.UTC, from+" 00:00")}}
}

func TestLedgerChanges(t *testing.T) {
	type step struct{ add, now, want string }
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"a running one ends", []step{
			{"7 2026-03-13 10:00", "2026-03-13 10:01", "0w 0d since 2026-03-13 10:01:00 UTC by 7, running"},
			{"", "2026-03-13 10:05", "0w 0d since 2026-03-13 10:05:00 UTC by 7, running"},
			{"7 2026-03-13 10:00 / 2026-03-13 10:07", "2026-03-20 10:08", "1w 7d since 2026-03-13 10:07:00 UTC by 7"},
		}},
		{"one runs into a window", []step{
			{"7 2026-03-12 23:00", "2026-03-12 23:01", "at least 10w 70d since 2026-01-01 00:00:00 UTC"},
			{"", "2026-03-13 00:00", "0w 0d since 2026-03-13 00:00:00 UTC by 7, running"},
			{"", "2026-03-14 01:00", "0w 0d since 2026-03-14 00:00:00 UTC by 7, running"},
			{"7 2026-03-12 23:00 / 2026-03-14 02:00", "2026-03-21 00:00", "1w 7d since 2026-03-14 00:00:00 UTC by 7"},
		}},
		{"dates to come arrive", []step{
			{"7 2026-03-13 10:00 / 2026-03-13 10:07", "2026-03-13 09:59", "at least 10w 71d since 2026-01-01 00:00:00 UTC"},
			{"", "2026-03-13 10:00", "0w 0d since 2026-03-13 10:00:00 UTC by 7, running"},
			{"", "2026-03-13 10:07", "0w 0d since 2026-03-13 10:07:00 UTC by 7"},
		}},
		{"a breach is corrected, and the one before decides again", []step{
			{"7 2026-03-13 10:00 / 2026-03-13 10:07", "2026-03-14 00:00", "0w 0d since 2026-03-13 10:07:00 UTC by 7"},
			{"8 2026-03-20 10:00 / 2026-03-20 10:07", "2026-03-21 00:00", "0w 0d since 2026-03-20 10:07:00 UTC by 8"},
			{"8 2026-03-19 10:00 / 2026-03-19 10:07", "2026-03-21 00:00", "1w 7d since 2026-03-13 10:07:00 UTC by 7"},
			{"8 2026-03-06 10:00 / 2026-03-06 10:07", "2026-03-21 00:00", "1w 7d since 2026-03-13 10:07:00 UTC by 7"},
			{"7 2026-03-05 10:00 / 2026-03-05 10:07", "2026-03-21 00:00", "2w 14d since 2026-03-06 10:07:00 UTC by 8"},
		}},
		{"an old one comes late", []step{
			{"8 2026-03-20 10:00 / 2026-03-20 10:07", "2026-03-21 00:00", "0w 0d since 2026-03-20 10:07:00 UTC by 8"},
			{"7 2026-03-13 10:00 / 2026-03-13 10:07", "2026-03-21 00:00", "0w 0d since 2026-03-20 10:07:00 UTC by 8"},
		}},
		{"a clock that is put back changes nothing", []step{
			{"7 2026-03-13 10:00 / 2026-03-13 10:07", "2026-03-27 11:00", "2w 14d since 2026-03-13 10:07:00 UTC by 7"},
			{"", "2026-03-20 11:00", "2w 14d since 2026-03-13 10:07:00 UTC by 7"},
			{"8 2026-03-20 10:00 / 2026-03-20 10:07", "2026-03-20 11:00", "1w 7d since 2026-03-20 10:07:00 UTC by 8"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := rules.NewLedger(fridays())
			for _, s := range c.steps {
				now := local(t, time.UTC, s.now)
				if s.add != "" {
					d := run(t, time.UTC, s.add)
					l.Add(&d, now)
				}
				if got := show(l.Streak(production(t, "2026-01-01"), now)); got != s.want {
					t.Errorf("at %s after %q: got %s, want %s", s.now, s.add, got, s.want)
				}
			}
		})
	}
}

func TestLedgerNextDate(t *testing.T) {
	l := rules.NewLedger(fridays())
	d := run(t, time.UTC, "7 2026-03-13 10:00 / 2026-03-13 10:07")
	l.Add(&d, local(t, time.UTC, "2026-03-13 09:00"))
	for _, c := range []struct{ now, want string }{
		{"2026-03-13 09:00", "2026-03-13 10:00"},
		{"2026-03-13 10:00", "2026-03-13 10:07"},
		{"2026-03-13 10:07", "2026-05-01 00:00"},
		{"2026-05-01 00:00", ""},
	} {
		if got, want := l.NextDate(production(t, "2026-05-01"), local(t, time.UTC, c.now)), local(t, time.UTC, c.want); !got.Equal(want) {
			t.Errorf("next date after %s: got %s, want %s", c.now, got, want)
		}
	}
	if got, want := l.AsOf(), local(t, time.UTC, "2026-05-01 00:00"); !got.Equal(want) {
		t.Errorf("as of: got %s, want %s", got, want)
	}
}

// A store may reuse its buffers for the texts that it hands in.
func TestLedgerKeepsNoTexts(t *testing.T) {
	l := rules.NewLedger(fridays())
	now := local(t, time.UTC, "2026-03-20 11:00")
	d := run(t, time.UTC, "7 2026-03-13 10:00 / 2026-03-13 10:07")
	d.Ref = 42
	l.Add(&d, now)
	d.ID, d.Ref = "changed", 0
	b := l.Streak(production(t, "2026-01-01"), now).Breach
	want := rules.Deployment{ID: "7", ProjectID: "100", Project: "Shop", EnvironmentID: "1", Environment: "Production", Ref: 42}
	if b == nil || b.Deployment != want {
		t.Errorf("breach: got %+v, want %+v", b, want)
	}
}

// What broke nothing leaves nothing, however much of it there is.
func TestLedgerForgets(t *testing.T) {
	l := rules.NewLedger(fridays())
	now := local(t, time.UTC, "2026-03-20 11:00")
	thursday := run(t, time.UTC, "7 2026-03-12 10:00 / 2026-03-12 10:07")
	friday := run(t, time.UTC, "7 2026-03-13 10:00 / 2026-03-13 10:07")
	for range 3 {
		l.Add(&friday, now)
		l.Add(&friday, now)
		if h := l.Streaks(production(t, "2026-01-01"), now); h.Breaches != 1 {
			t.Errorf("breaches: got %d, want 1", h.Breaches)
		}
		l.Add(&thursday, now)
		if h := l.Streaks(production(t, "2026-01-01"), now); h.Breaches != 0 {
			t.Errorf("breaches: got %d, want none", h.Breaches)
		}
	}
}

func TestLedgerAddAllocatesNothing(t *testing.T) {
	l := rules.NewLedger(fridays())
	now := local(t, time.UTC, "2026-03-20 11:00")
	thursday := run(t, time.UTC, "7 2026-03-12 10:00 / 2026-03-12 10:07")
	for _, beside := range []string{"", "8 2026-03-13 10:00 / 2026-03-13 10:07", "9 2026-03-19 10:00"} {
		if beside != "" {
			d := run(t, time.UTC, beside)
			l.Add(&d, now)
		}
		if n := testing.AllocsPerRun(1000, func() { l.Add(&thursday, now) }); n != 0 {
			t.Errorf("allocations for one that broke nothing, beside %q: got %v, want 0", beside, n)
		}
	}
}

// Adding deployments that broke nothing, which most are, to what was recorded.
func BenchmarkLedgerAdd(b *testing.B) {
	now := local(b, time.UTC, "2026-12-01 10:00")
	loc := location(b, "America/Los_Angeles")
	expression := rules.Rule{Forbid: windows(b, "Fri"), Environments: []rules.Pattern{pattern(b, "/^Prod/")}}
	for _, c := range []struct {
		name     string
		rule     rules.Rule
		breaches int
		running  bool
	}{
		{"nothing recorded", rules.Rule{Forbid: windows(b, "Fri")}, 0, false},
		{"beside 100 breaches", rules.Rule{Forbid: windows(b, "Fri")}, 100, false},
		{"beside 200000 breaches", rules.Rule{Forbid: windows(b, "Fri")}, 200_000, false},
		{"beside one that runs", rules.Rule{Forbid: windows(b, "Fri")}, 100, true},
		{"scope by /^Prod/", expression, 100, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := rules.NewLedger(rules.NewJudge(c.rule, loc))
			fill(l, c.breaches, 1, now)
			if c.running {
				d := run(b, loc, "7 2026-11-30 10:00")
				l.Add(&d, now)
			}
			wednesday := time.Date(2018, time.January, 3, 20, 0, 0, 0, time.UTC)
			list := make([]rules.Deployment, 10_000)
			for i := range list {
				at := wednesday.AddDate(0, 0, 7*(i/25)).Add(time.Duration(i) * time.Second)
				list[i] = deployment(fmt.Sprint("2", i), at, at.Add(4*time.Minute))
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				l.Add(&list[i%len(list)], now)
			}
		})
	}
}

// fill adds n deployments of the last eight years, of which one in every broke
// the rule.
func fill(l *rules.Ledger, n, every int, now time.Time) {
	friday := time.Date(2018, time.January, 5, 0, 0, 0, 0, time.UTC)
	d := deployment("", friday, friday)
	for i := range n {
		d.ID, d.Ref = fmt.Sprint("1", i), int64(i)
		d.Executed = friday.AddDate(0, 0, 7*(i*400/n)).Add(time.Duration(i%80000) * time.Second)
		if i%every != 0 {
			d.Executed = d.Executed.AddDate(0, 0, 1+i%6)
		}
		d.Finished = d.Executed.Add(4 * time.Minute)
		l.Add(&d, now)
	}
}

// A ledger is made from n stored deployments, one in five of which broke the rule.
func BenchmarkLedger(b *testing.B) {
	now := local(b, time.UTC, "2026-12-01 10:00")
	for _, n := range []int{1e3, 1e4, 1e5, 1e6} {
		b.Run(fmt.Sprint("start/", n), func(b *testing.B) {
			b.ReportAllocs()
			var kept uint64
			for b.Loop() {
				before := heap()
				l := rules.NewLedger(fridays())
				fill(l, n, 5, now)
				if s := l.Streak(production(b, "2018-01-01"), now); s.Breach == nil {
					b.Fatal("no breach")
				}
				kept = heap() - before
				runtime.KeepAlive(l)
			}
			b.ReportMetric(float64(kept), "kept-B")
		})
		l := rules.NewLedger(fridays())
		fill(l, n, 5, now)
		environments := production(b, "2018-01-01")
		b.Run(fmt.Sprint("poll/", n), func(b *testing.B) {
			d := run(b, time.UTC, "7 2026-11-26 10:00 / 2026-11-26 10:07")
			b.ReportAllocs()
			for b.Loop() {
				l.Add(&d, now)
				l.Streak(environments, now)
			}
		})
		b.Run(fmt.Sprint("streaks/", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Streaks(environments, now)
			}
		})
	}
}

// heap returns the bytes that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
