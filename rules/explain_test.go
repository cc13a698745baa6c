package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
)

// showExplanation writes an explanation as lines.
func showExplanation(x rules.Explanation) string {
	const layout = "Mon 2006-01-02 15:04"
	lines := []string{show(x.Streak)}
	if m := x.Match; m != nil {
		lines = append(lines, fmt.Sprintf("broke the window of %s, %s to %s", m.Day, m.Start.Format(layout), m.End.Format(layout)))
	}
	if x.RunnerUp != nil {
		lines = append(lines, "runner-up: "+x.RunnerUp.Deployment.ID+" at "+x.RunnerUp.At.Format(layout))
	}
	for _, e := range x.Limits {
		lines = append(lines, "limit: "+e.Name)
	}
	for _, e := range x.Streak.Missing {
		lines = append(lines, "missing: "+e.Name)
	}
	for _, e := range x.Excluded {
		line := fmt.Sprintf("%s: %s, at %s", e.Reason, e.Deployment.ID, e.At.Format(layout))
		if e.Exception != nil {
			line += ", " + e.Exception.Reason
		}
		lines = append(lines, line)
	}
	if x.Nearest != nil {
		lines = append(lines, fmt.Sprintf("nearest: %s %s", x.Nearest.ID, x.Distance))
	}
	return strings.Join(lines, "\n")
}

func TestExplain(t *testing.T) {
	except := []rules.Exception{
		{Dates: dates(t, "2026-03-27..2026-03-27"), Reason: "fair"},
		{Version: ptr(pattern(t, "/-5$/")), Reason: "agreed"},
		{ID: ptr(pattern(t, "51")), Dates: dates(t, "2026-03-13..2026-03-14"), Reason: "move"},
	}
	queued := func(d *rules.Deployment) {
		d.Executed, d.Finished, d.State, d.LifeCycle = time.Time{}, time.Time{}, rules.StateUnknown, rules.LifeCycleQueued
	}
	for _, c := range []struct {
		name   string
		rule   rules.Rule
		runs   []string
		change func(id string, d *rules.Deployment)
		facts  []rules.Environment
		now    string
		want   string
	}{
		{
			name: "the latest decides, the one before is the runner-up, and one came close since",
			runs: []string{
				"7 2026-03-06 10:00 / 2026-03-06 10:05", "8 2026-03-13 23:00 / 2026-03-14 02:00", "6 2026-02-27 10:00 / 2026-02-27 10:05",
				"1 2026-03-05 23:00 / 2026-03-05 23:59", "2 2026-03-19 22:00 / 2026-03-19 23:50", "3 2026-03-28 01:00 / 2026-03-28 02:00",
				"4 2026-04-04 02:00 / 2026-04-04 03:00",
			},
			now: "2026-04-05 00:00",
			want: `
3w 22d since 2026-03-14 00:00:00 UTC by 8
broke the window of 2026-03-13, Fri 2026-03-13 00:00 to Sat 2026-03-14 00:00
runner-up: 7 at Fri 2026-03-06 10:05
nearest: 2 10m0s`,
		},
		{
			name: "a night belongs to the evening's day, and the first entry that fits is named",
			rule: rules.Rule{Forbid: windows(t, "Mon; Fri 22:00-06:00; Sat")},
			runs: []string{"7 2026-03-14 05:00 / 2026-03-14 05:30", "8 2026-03-14 06:00 / 2026-03-14 06:30"},
			now:  "2026-03-15 00:00",
			want: `
0w 0d since 2026-03-14 06:30:00 UTC by 8
broke the window of 2026-03-14, Sat 2026-03-14 00:00 to Sun 2026-03-15 00:00
runner-up: 7 at Sat 2026-03-14 05:30`,
		},
		{
			name: "everything that is left out",
			rule: rules.Rule{
				Forbid: windows(t, "Fri"), Environments: []rules.Pattern{pattern(t, "Production")},
				Outcomes: []rules.Outcome{rules.OutcomeSuccess}, Since: date(t, "2026-02-01"), Except: except,
			},
			runs: []string{
				"1 2026-01-30 10:00 / 2026-01-30 10:05",
				"2 2026-03-06 10:00 / 2026-03-06 10:05",  // staging
				"3 2026-03-06 11:00 / 2026-03-06 11:05",  // failed
				"4 2026-03-27 12:00 / 2026-03-27 12:05",  // at the fair
				"5 2026-03-13 13:00 / 2026-03-13 13:05",  // agreed
				"51 2026-03-13 14:00 / 2026-03-13 14:05", // moved
				"6 2026-03-20 15:00 / 2026-03-20 15:05",  // queued
				"9 2026-04-03 10:00 / 2026-04-03 10:05",  // later
			},
			change: func(id string, d *rules.Deployment) {
				switch id {
				case "2":
					d.EnvironmentID, d.Environment = "2", "Staging"
				case "3":
					d.State = rules.StateFailed
				case "6":
					queued(d)
				}
			},
			now: "2026-03-30 00:00",
			want: `
8w 57d since 2026-02-01 00:00:00 UTC
runner-up: 1 at Fri 2026-01-30 10:05
not yet: 9, at Fri 2026-04-03 10:05
did not run: 6, at Sat 2026-03-28 00:00
date: 4, at Fri 2026-03-27 12:05, fair
excused: 51, at Fri 2026-03-13 14:05, move
excused: 5, at Fri 2026-03-13 13:05, agreed
outcome: 3, at Fri 2026-03-06 11:05
out of scope: 2, at Fri 2026-03-06 10:05
since: 1, at Fri 2026-01-30 10:05`,
		},
		{
			name: "cancelled while it waited",
			runs: []string{"7 2026-03-12 10:00 / 2026-03-13 10:05", "8 2026-03-18 10:00 / 2026-03-18 10:05"},
			change: func(_ string, d *rules.Deployment) {
				d.Executed, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleNotBuilt
			},
			now: "2026-03-30 00:00",
			want: `
at least 12w 88d since 2026-01-01 00:00:00 UTC
limit: Production
did not run: 7, at Fri 2026-03-13 10:05`,
		},
		{
			name: "a breach before the facts are whole is the runner-up only",
			runs: []string{"7 2026-03-06 10:00 / 2026-03-06 10:05"},
			facts: []rules.Environment{
				{ID: "1", Name: "Production", CompleteFrom: local(t, time.UTC, "2026-01-01 00:00")},
				{ID: "3", Name: "Production EU", CompleteFrom: local(t, time.UTC, "2026-03-16 00:00")},
			},
			now: "2026-03-30 00:00",
			want: `
at least 2w 14d since 2026-03-16 00:00:00 UTC
runner-up: 7 at Fri 2026-03-06 10:05
limit: Production EU`,
		},
		{
			name: "an environment is missing",
			facts: []rules.Environment{
				{ID: "1", Name: "Production", CompleteFrom: local(t, time.UTC, "2026-01-01 00:00")},
				{ID: "3", Name: "Production EU"},
			},
			runs: []string{"7 2026-03-06 10:00 / 2026-03-06 10:05"},
			now:  "2026-03-30 00:00",
			want: `
unknown
runner-up: 7 at Fri 2026-03-06 10:05
missing: Production EU`,
		},
		{
			name: "one entry is excused, and the next one is met",
			rule: rules.Rule{Forbid: windows(t, "Thu 22:00-06:00; Fri"), Except: []rules.Exception{
				{ID: ptr(pattern(t, "7")), Dates: dates(t, "2026-03-12..2026-03-12"), Reason: "night shift"},
			}},
			runs: []string{"7 2026-03-13 05:00 / 2026-03-13 05:05"},
			now:  "2026-03-15 00:00",
			want: `
0w 1d since 2026-03-13 05:05:00 UTC by 7
broke the window of 2026-03-13, Fri 2026-03-13 00:00 to Sat 2026-03-14 00:00`,
		},
		{
			name: "of two that came as close, the later; of the same instant, the smaller id",
			runs: []string{"1 2026-03-12 10:00 / 2026-03-12 23:50", "3 2026-03-19 10:00 / 2026-03-19 23:50", "2 2026-03-19 10:00 / 2026-03-19 23:50", "4 2026-03-26 10:00 / 2026-03-26 23:00"},
			now:  "2026-03-27 00:00",
			want: `
at least 12w 85d since 2026-01-01 00:00:00 UTC
limit: Production
nearest: 2 10m0s`,
		},
		{
			name: "waited, as far as is known",
			runs: []string{"1 2026-03-13 10:00", "2 2026-03-13 10:00 / 2026-03-13 09:00", "3 2026-03-13 08:00", "4 2026-03-13 07:00"},
			change: func(id string, d *rules.Deployment) {
				d.Executed, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleNotBuilt
				switch id {
				case "3": // only its end is known
					d.Started, d.Finished = time.Time{}, d.Started
				case "4": // nothing is
					d.Started = time.Time{}
				}
			},
			now: "2026-03-15 00:00",
			want: `
at least 10w 73d since 2026-01-01 00:00:00 UTC
limit: Production
did not run: 1, at Fri 2026-03-13 10:00
did not run: 2, at Fri 2026-03-13 10:00
did not run: 3, at Fri 2026-03-13 08:00`,
		},
		{
			name: "began at the very end of a window",
			runs: []string{"7 2026-03-14 00:00 / 2026-03-14 00:05", "8 2026-03-19 10:00"},
			now:  "2026-03-19 23:59",
			want: `
at least 11w 77d since 2026-01-01 00:00:00 UTC
limit: Production
nearest: 7 0s`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.rule.Forbid == nil {
				c.rule.Forbid = windows(t, "Fri")
			}
			if c.facts == nil {
				c.facts = production(t, "2026-01-01")
			}
			for _, d := range deploymentsOf(t, time.UTC, c.runs...) {
				if c.change != nil {
					c.change(d.ID, &d)
				}
				i := slices.IndexFunc(c.facts, func(e rules.Environment) bool { return e.ID == d.EnvironmentID })
				if i < 0 {
					i = len(c.facts)
					c.facts = append(c.facts, rules.Environment{ID: d.EnvironmentID, Name: d.Environment, Exhausted: true})
				}
				c.facts[i].Deployments = append(c.facts[i].Deployments, d)
			}
			x := rules.Compile(c.rule, time.UTC).Explain(c.facts, local(t, time.UTC, c.now))
			got := showExplanation(x)
			if diff := cmp.Diff(strings.TrimSpace(c.want), got); diff != "" {
				t.Errorf("explanation (-want +got):\n%s", diff)
			}
		})
	}
}

// Runs that share an id are shown, as far as they are in scope.
func TestExplainRunsOfOneID(t *testing.T) {
	list := deploymentsOf(t, time.UTC, "7 2026-03-16 10:00 / 2026-03-16 10:05", "7 2026-03-13 10:00 / 2026-03-13 10:05", "8 2026-03-12 10:00 / 2026-03-12 10:05", "5 2026-03-12 10:00", "5 2026-03-11 10:00")
	environments := append(production(t, "2026-01-01", list...),
		rules.Environment{ID: "2", Exhausted: true, Deployments: deploymentsOf(t, time.UTC, "8 2026-03-12 10:00 / 2026-03-12 10:05")},
		rules.Environment{ID: "3", Exhausted: true, Deployments: list[:2]})
	rule := rules.Rule{Forbid: windows(t, "Fri"), Environments: patterns(t, []string{"1", "2"})}
	x := rules.Compile(rule, time.UTC).Explain(environments, local(t, time.UTC, "2026-03-30 00:00"))
	if diff := cmp.Diff([]rules.Deployment{list[4], list[3], list[1], list[0]}, x.SameID); diff != "" {
		t.Errorf("runs of one id (-want +got):\n%s", diff)
	}
}

// A rule that is not in force excludes all.
func TestExplainNotInForce(t *testing.T) {
	rule := rules.Rule{Forbid: windows(t, "Fri"), Since: date(t, "2026-04-01")}
	environments := production(t, "2026-01-01", deploymentsOf(t, time.UTC, "7 2026-03-13 10:00 / 2026-03-13 10:05")...)
	x := rules.Compile(rule, time.UTC).Explain(environments, local(t, time.UTC, "2026-03-30 00:00"))
	if x.Streak.InForce || x.Match != nil || x.Limits != nil || x.ExcludedCount[rules.ReasonSince] != 1 || x.RunnerUp == nil {
		t.Errorf("explanation: got %+v, want not in force, and the breach excluded", x)
	}
}

// However many are excluded, the latest of each reason are there, whatever the
// order in which they come.
func TestExplainIsBounded(t *testing.T) {
	compiled := rules.Compile(rules.Rule{
		Forbid: windows(t, "Fri"), Environments: []rules.Pattern{pattern(t, "Production")}, Outcomes: []rules.Outcome{rules.OutcomeSuccess},
	}, time.UTC)
	first := local(t, time.UTC, "2020-01-03 10:00")
	environments := append(production(t, "2020-01-01"), rules.Environment{ID: "2", Name: "Staging", Exhausted: true})
	const n = 100
	for i := range n {
		week := i * 37 % n // each once, out of order
		d := deployment(fmt.Sprint(week), first.AddDate(0, 0, 7*week), first.AddDate(0, 0, 7*week).Add(time.Minute))
		d.State = rules.StateFailed
		environments[0].Deployments = append(environments[0].Deployments, d)
		d.Environment, d.EnvironmentID = "Staging", "2"
		environments[1].Deployments = append(environments[1].Deployments, d)
	}
	e := compiled.Explain(environments, first.AddDate(2, 0, 0))
	want := map[rules.Reason]int{rules.ReasonOutcome: n, rules.ReasonOutOfScope: n}
	if diff := cmp.Diff(want, e.ExcludedCount); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(e.Excluded) != 2*20 {
		t.Fatalf("excluded: got %d, want 40", len(e.Excluded))
	}
	for i, l := range e.Excluded {
		if want := fmt.Sprint(n - 1 - i/2); l.Deployment.ID != want {
			t.Errorf("excluded %d: got %s, want %s", i, l.Deployment.ID, want)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	for _, n := range []int{1e3, 1e4, 1e5} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			environments := deployments(n, local(b, time.UTC, "2018-01-01 10:00"))
			now := local(b, time.UTC, "2026-12-01 10:00")
			compiled := fridays()
			b.ReportAllocs()
			for b.Loop() {
				if x := compiled.Explain(environments, now); x.Match == nil {
					b.Fatalf("got %+v, want a breach that decides", x)
				}
			}
		})
	}
}
