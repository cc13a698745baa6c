package rules_test

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/fridaycounter/fridaycounter/rules"
)

// The promise is 100 ns and no allocation for one deployment against one rule;
// Breaches matches a scope once for each environment.
func BenchmarkBreach(b *testing.B) {
	friday := rules.Rule{
		Name:         "no-friday-deploys",
		Forbid:       []rules.Window{{Weekdays: []time.Weekday{time.Friday}}},
		Environments: []rules.Pattern{pattern(b, "Production")},
	}
	week := friday
	week.Forbid = []rules.Window{
		{Weekdays: []time.Weekday{time.Friday}, From: 12 * 60},
		{Weekdays: []time.Weekday{time.Saturday, time.Sunday}},
		{From: 22 * 60, To: 6 * 60},
		{Dates: dates(b, "2026-12-20..2027-01-06")},
	}
	excused := friday
	excused.Except = []rules.Exception{
		{Version: ptr(pattern(b, "v1")), Reason: "hotfix"},
		{ID: ptr(pattern(b, "7")), Dates: dates(b, "2026-03-06..2026-03-06"), Reason: "move"},
	}
	expression := friday
	expression.Environments = []rules.Pattern{pattern(b, "/^Prod/")}
	christmas := friday
	christmas.Forbid = []rules.Window{{Dates: dates(b, "2025-12-20..2026-01-06")}}
	for _, c := range []struct {
		name            string
		rule            rules.Rule
		started, ended  string
		running, breaks bool
	}{
		{name: "tuesday", rule: friday, started: "2026-03-10 10:00", ended: "2026-03-10 10:07"},
		{name: "tuesday, four windows", rule: week, started: "2026-03-10 10:00", ended: "2026-03-10 10:07"},
		{name: "friday", rule: friday, started: "2026-03-13 10:00", ended: "2026-03-13 10:07", breaks: true},
		{name: "friday, excused by its date", rule: excused, started: "2026-03-06 10:00", ended: "2026-03-06 10:07"},
		{name: "friday, excepted on another date", rule: excused, started: "2026-03-13 10:00", ended: "2026-03-13 10:07", breaks: true},
		{name: "friday, scope by /^Prod/, matched each time", rule: expression, started: "2026-03-13 10:00", ended: "2026-03-13 10:07", breaks: true},
		{name: "two months over DST", rule: christmas, started: "2026-02-10 10:00", ended: "2026-04-10 10:07"},
		{name: "running for a year", rule: christmas, started: "2026-02-10 10:00", running: true, breaks: false},
	} {
		b.Run(c.name, func(b *testing.B) {
			loc := location(b, "America/Los_Angeles")
			compiled := rules.Compile(c.rule, loc)
			now := local(b, loc, "2026-12-19 23:00")
			d := deployment("7", local(b, loc, c.started), time.Time{})
			if c.running {
				d.State, d.LifeCycle = rules.StateUnknown, rules.LifeCycleInProgress
			} else {
				d.Finished = local(b, loc, c.ended)
			}
			e := &rules.Environment{ID: "1", Name: "Production", ProjectID: "100", Project: "Shop"}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := compiled.Breach(&d, e, now); ok != c.breaks {
					b.Fatalf("breach: got %v, want %v", ok, c.breaks)
				}
			}
		})
	}
}

func BenchmarkStreak(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	for _, n := range []int{1e3, 1e4, 1e5} {
		for _, count := range []rules.Count{rules.CountElapsed, rules.CountSurvived} {
			b.Run(fmt.Sprintf("%s/%d", count, n), func(b *testing.B) {
				compiled := rules.Compile(rules.Rule{
					Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}},
					Count:  count,
				}, loc)
				environments := deployments(n, local(b, loc, "2018-01-01 10:00"))
				now := local(b, loc, "2026-12-01 10:00")
				b.ReportAllocs()
				for b.Loop() {
					if s := streak(compiled, environments, now); !s.Known {
						b.Fatal("streak is unknown")
					}
				}
			})
		}
	}
}

// deployments returns n between from and eight years later.
func deployments(n int, from time.Time) []rules.Environment {
	e := rules.Environment{ID: "1", Name: "Production", CompleteFrom: from}
	for i := range n {
		start := from.Add(8 * 365 * 24 * time.Hour / time.Duration(n) * time.Duration(i))
		e.Deployments = append(e.Deployments, deployment(fmt.Sprint(i), start, start.Add(4*time.Minute)))
	}
	return []rules.Environment{e}
}

func BenchmarkNextOccurrence(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	for _, c := range []struct {
		name   string
		window rules.Window
	}{
		{"friday", rules.Window{Weekdays: []time.Weekday{time.Friday}}},
		{"always", rules.Window{}},
		{"one day in 2090", rules.Window{Dates: dates(b, "2090-12-24..2090-12-24")}},
		{"from now to 9999", rules.Window{Dates: dates(b, "2020-01-01..9999-12-31")}},
	} {
		b.Run(c.name, func(b *testing.B) {
			compiled := rules.Compile(rules.Rule{Forbid: []rules.Window{c.window}}, loc)
			now := local(b, loc, "2026-03-10 10:00")
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := compiled.NextOccurrence(now); !ok {
					b.Fatal("no window")
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	rule := rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}
	b.ReportAllocs()
	for b.Loop() {
		rules.Compile(rule, loc)
	}
}

// BenchmarkScale is all that one rule needs after a poll, over stored deployments of eight
// years, one in seven of which broke it.
func BenchmarkScale(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	now := local(b, loc, "2026-12-01 10:00")
	for _, n := range []int{1_000, 20_000, 100_000} {
		environments := deployments(n, local(b, loc, "2018-01-01 10:00"))
		for _, c := range []struct {
			name string
			rule rules.Rule
		}{
			{"friday", rules.Rule{Forbid: windows(b, "Fri")}},
			{"friday, survived", rules.Rule{Forbid: windows(b, "Fri"), Count: rules.CountSurvived}},
			{"every night", rules.Rule{Forbid: windows(b, "22:00-06:00")}},
		} {
			compiled := rules.Compile(c.rule, loc)
			breaches := compiled.Breaches(environments, now)
			b.Run(fmt.Sprintf("%s/%d/breaches", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if len(compiled.Breaches(environments, now)) == 0 {
						b.Fatal("no breaches")
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/streak", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if s := compiled.Streak(environments, breaches, now); !s.Known {
						b.Fatal("not known")
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/history", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if h := compiled.History(environments, breaches, now); !h.Known {
						b.Fatal("not known")
					}
				}
			})
		}
		b.Run(fmt.Sprintf("days of a year/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rules.Days([]*rules.Compiled{fridays()}, time.UTC, environments, rules.Date{Year: 2025, Month: 1, Day: 1}, rules.Date{Year: 2025, Month: 12, Day: 31}, now)
			}
		})
	}
}
