package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Histories as short and as long as there may be.
func BenchmarkStreaks(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	now := local(b, loc, "2026-12-01 10:00")
	move := rules.Exception{ID: ptr(pattern(b, "17")), Dates: dates(b, "2026-03-13..2026-03-13"), Reason: "move"}
	for _, c := range []struct {
		name     string
		rule     rules.Rule
		years, n int
	}{
		{"2 years, 100 breaches", rules.Rule{Forbid: windows(b, "Fri")}, 2, 100},
		{"2 years, 100 breaches of a night", rules.Rule{Forbid: windows(b, "22:00-06:00")}, 2, 100},
		{"2 years, 100 breaches of a night, survived", rules.Rule{Forbid: windows(b, "22:00-06:00"), Count: rules.CountSurvived}, 2, 100},
		{"20 years, 200000 breaches", rules.Rule{Forbid: windows(b, "Fri")}, 20, 200_000},
		{"20 years, 200000 breaches, midnight", rules.Rule{Forbid: windows(b, "Fri"), Count: rules.CountMidnight}, 20, 200_000},
		{"20 years, 200000 breaches, survived", rules.Rule{Forbid: windows(b, "Fri"), Count: rules.CountSurvived}, 20, 200_000},
		{"20 years, 200000 breaches of a night", rules.Rule{Forbid: windows(b, "22:00-06:00")}, 20, 200_000},
		{"20 years, 200000 breaches of a night, survived", rules.Rule{Forbid: windows(b, "22:00-06:00"), Count: rules.CountSurvived}, 20, 200_000},
		{"20 years, 200000 breaches, one excused in part", rules.Rule{Forbid: windows(b, "Fri"), Except: []rules.Exception{move}}, 20, 200_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			judge := rules.NewJudge(c.rule, loc)
			l := rules.NewLedger(judge)
			from := now.AddDate(-c.years, 0, 0)
			breach(b, l, judge, c.n, from, now)
			environments := []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: from}}
			l.Streaks(environments, now)
			b.ReportAllocs()
			for b.Loop() {
				if h := l.Streaks(environments, now); h.Breaches < c.n {
					b.Fatalf("breaches: got %d, want %d", h.Breaches, c.n)
				}
			}
		})
	}
}

// breach adds n deployments that broke the rule, evenly from from to now.
func breach(tb testing.TB, l *rules.Ledger, j *rules.Judge, n int, from, now time.Time) {
	tb.Helper()
	each := now.AddDate(0, 0, -14).Sub(from) / time.Duration(n)
	for i := range n {
		at := from.Add(time.Duration(i) * each)
		w, ok := j.NextWindow(at)
		if !ok {
			tb.Fatal("no window")
		}
		if at.Before(w.Start) {
			at = w.Start.Add(time.Duration(i%500) * time.Minute / 2)
		}
		d := deployment(fmt.Sprint("1", i), at, at.Add(4*time.Minute))
		l.Add(&d, now)
	}
	if n >= 1000 { // over two Fridays, one of which may be excused
		d := deployment("17", now.AddDate(0, -8, -26), now.AddDate(0, -8, -15))
		l.Add(&d, now)
	}
}
