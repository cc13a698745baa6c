package rules_test

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// An emergency release went out on a Friday, 15 days ago.
func Example() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	compiled := rules.Compile(rules.Rule{
		Name:   "no-friday-deploys",
		Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}},
	}, berlin)

	friday := time.Date(2026, time.March, 20, 16, 0, 0, 0, berlin)
	environments := []rules.Environment{{
		ID: "1", Name: "Production", CompleteFrom: friday.AddDate(-1, 0, 0),
		Deployments: []rules.Deployment{{
			ID: "7", EnvironmentID: "1", Environment: "Production",
			Executed: friday, Finished: friday.Add(5 * time.Minute),
			State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		}},
	}}
	now := time.Date(2026, time.April, 4, 18, 0, 0, 0, berlin)

	breaches := compiled.Breaches(environments, now)
	streak := compiled.Streak(environments, breaches, now)
	fmt.Println(streak.Weeks, "weeks,", streak.Days, "days since", streak.Since)
	next, _ := compiled.NextOccurrence(now)
	fmt.Println("forbidden from", next.Start, "to", next.End)
	fmt.Println("look again at", compiled.NextChange(streak, environments, now))
	// Output:
	// 2 weeks, 15 days since 2026-03-20 16:05:00 +0100 CET
	// forbidden from 2026-04-10 00:00:00 +0200 CEST to 2026-04-11 00:00:00 +0200 CEST
	// look again at 2026-04-05 16:05:00 +0200 CEST
}

// The rule of many teams: nothing on Friday afternoons and at weekends, as far as the
// environments of production go, and only since the team agreed on it.
func ExampleCompile() {
	production, err := rules.ParsePattern("/^Production/")
	if err != nil {
		fmt.Println(err)
		return
	}
	compiled := rules.Compile(rules.Rule{
		Name: "quiet-weekends",
		Forbid: []rules.Window{
			{Weekdays: []time.Weekday{time.Friday}, From: 14 * 60},
			{Weekdays: []time.Weekday{time.Saturday, time.Sunday}},
		},
		Environments: []rules.Pattern{production},
		Since:        rules.Date{Year: 2026, Month: time.March, Day: 1},
	}, time.UTC)
	for _, name := range []string{"Production EU", "Staging"} {
		fmt.Println(name, compiled.InScope(&rules.Environment{Name: name}))
	}
	fmt.Println("in force in February:", compiled.InForce(time.Date(2026, time.February, 28, 0, 0, 0, 0, time.UTC)))
	// Output:
	// Production EU true
	// Staging false
	// in force in February: false
}

// A deployment on a Friday: three weeks later the streak is three weeks.
func ExampleCompiled_Streak() {
	compiled := rules.Compile(rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}, time.UTC)
	friday := time.Date(2026, time.March, 20, 16, 0, 0, 0, time.UTC)
	environments := []rules.Environment{{
		ID: "1", CompleteFrom: friday.AddDate(-1, 0, 0),
		Deployments: []rules.Deployment{{ID: "7", Executed: friday, Finished: friday.Add(time.Minute), LifeCycle: rules.LifeCycleFinished}},
	}}
	for _, now := range []time.Time{friday.AddDate(0, 0, 21), friday.AddDate(0, 0, 21).Add(time.Minute)} {
		s := compiled.Streak(environments, compiled.Breaches(environments, now), now)
		fmt.Println(now.Format("2 Jan 15:04"), s.Weeks, "weeks,", s.Days, "days")
	}
	// Output:
	// 10 Apr 16:00 2 weeks, 20 days
	// 10 Apr 16:01 3 weeks, 21 days
}

// Of three deployments two broke the rule. One of them still runs.
func ExampleCompiled_Breaches() {
	compiled := rules.Compile(rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}, time.UTC)
	at := func(day, hour int) time.Time { return time.Date(2026, time.March, day, hour, 0, 0, 0, time.UTC) }
	environments := []rules.Environment{{ID: "1", Deployments: []rules.Deployment{
		{ID: "6", Executed: at(12, 9), Finished: at(12, 10), LifeCycle: rules.LifeCycleFinished},
		{ID: "7", Executed: at(13, 9), Finished: at(13, 10), LifeCycle: rules.LifeCycleFinished},
		{ID: "8", Executed: at(20, 9), LifeCycle: rules.LifeCycleInProgress},
	}}}
	for _, b := range compiled.Breaches(environments, at(20, 11)) {
		fmt.Println(b.Deployment.ID, b.At.Format("2 Jan 15:04"), "running:", b.Running)
	}
	// Output:
	// 7 13 Mar 10:00 running: false
	// 8 20 Mar 11:00 running: true
}

// Windows that touch are one: Friday afternoon to Monday morning.
func ExampleCompiled_NextOccurrence() {
	compiled := rules.Compile(rules.Rule{Forbid: []rules.Window{
		{Weekdays: []time.Weekday{time.Friday}, From: 14 * 60},
		{Weekdays: []time.Weekday{time.Saturday, time.Sunday}},
		{Weekdays: []time.Weekday{time.Monday}, To: 9 * 60},
	}}, time.UTC)
	next, _ := compiled.NextOccurrence(time.Date(2026, time.March, 18, 12, 0, 0, 0, time.UTC))
	fmt.Println(next.Start.Format("Mon 2 Jan 15:04"), "to", next.End.Format("Mon 2 Jan 15:04"))
	// Output: Fri 20 Mar 14:00 to Mon 23 Mar 09:00
}

// A deployment from Thursday to Saturday broke the rule until Friday's end.
func ExampleCompiled_Breach() {
	compiled := rules.Compile(rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}, time.UTC)
	d := rules.Deployment{
		Executed: time.Date(2026, time.April, 16, 22, 0, 0, 0, time.UTC),
		Finished: time.Date(2026, time.April, 18, 9, 0, 0, 0, time.UTC),
		State:    rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
	}
	breach, ok := compiled.Breach(&d, &rules.Environment{Name: "Production"}, time.Date(2026, time.April, 20, 0, 0, 0, 0, time.UTC))
	fmt.Println(ok, breach.At, "on", breach.Date())
	// Output: true 2026-04-18 00:00:00 +0000 UTC on 2026-04-17
}

// A night shift: the morning after belongs to the evening's day.
func ExampleMatchWindows() {
	nights := []rules.Window{{Weekdays: []time.Weekday{time.Friday}, From: 22 * 60, To: 6 * 60}}
	for _, hour := range []int{21, 23, 24 + 5, 24 + 6} {
		at := time.Date(2026, time.April, 17, hour, 0, 0, 0, time.UTC)
		in, until := rules.MatchWindows(nights, time.UTC, at)
		fmt.Println(at.Format("Mon 15:04"), in, "until", until.Format("Mon 15:04"))
	}
	// Output:
	// Fri 21:00 false until Fri 22:00
	// Fri 23:00 true until Sat 06:00
	// Sat 05:00 true until Sat 06:00
	// Sat 06:00 false until Fri 22:00
}

// The record, and what became of the Fridays of a year.
func ExampleCompiled_History() {
	compiled := rules.Compile(rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}, time.UTC)
	friday := time.Date(2026, time.March, 20, 16, 0, 0, 0, time.UTC)
	environments := []rules.Environment{{
		ID: "1", Name: "Production", CompleteFrom: time.Date(2026, time.January, 3, 0, 0, 0, 0, time.UTC),
		Deployments: []rules.Deployment{{ID: "7", EnvironmentID: "1", Executed: friday, LifeCycle: rules.LifeCycleFinished}},
	}}
	now := friday.AddDate(0, 0, 16)
	h := compiled.History(environments, compiled.Breaches(environments, now), now)
	fmt.Println("now:", h.Current.Weeks, "weeks")
	fmt.Println("record:", h.Record.Weeks, "weeks, ended at", h.Record.End)
	for _, y := range h.Years {
		fmt.Println(y.Year, "kept", y.Kept, "broken", y.Broken)
	}
	// Output:
	// now: 2 weeks
	// record: 10 weeks, ended at 2026-03-20 16:00:00 +0000 UTC
	// 2026 kept 12 broken 1
}

// A failed deployment does not count here, and the explanation says so.
func ExampleCompiled_Explain() {
	compiled := rules.Compile(rules.Rule{
		Forbid:   []rules.Window{{Weekdays: []time.Weekday{time.Friday}}},
		Outcomes: []rules.Outcome{rules.OutcomeSuccess},
		Since:    rules.Date{Year: 2026, Month: time.March, Day: 1},
	}, time.UTC)
	friday := time.Date(2026, time.March, 20, 16, 0, 0, 0, time.UTC)
	environments := []rules.Environment{{
		ID: "1", CompleteFrom: friday.AddDate(-1, 0, 0),
		Deployments: []rules.Deployment{{
			ID: "7", EnvironmentID: "1", Executed: friday, Finished: friday.Add(5 * time.Minute),
			State: rules.StateFailed, LifeCycle: rules.LifeCycleFinished,
		}},
	}}
	x := compiled.Explain(environments, friday.AddDate(0, 0, 7))
	fmt.Println(x.Streak.Weeks, "weeks since", rules.DateOf(x.Streak.Since))
	for _, e := range x.Excluded {
		fmt.Println(e.Deployment.ID, "does not count:", e.Reason, e.Deployment.Outcome())
	}
	// Output:
	// 3 weeks since 2026-03-01
	// 7 does not count: outcome failed
}

// Friday afternoons would be free; what changes?
func ExampleCompare() {
	fridays := rules.Compile(rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}, time.UTC)
	mornings := rules.Compile(rules.Rule{Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 12 * 60}}}, time.UTC)
	friday := time.Date(2026, time.March, 20, 16, 0, 0, 0, time.UTC)
	environments := []rules.Environment{{
		ID: "1", CompleteFrom: friday.AddDate(0, 0, -70),
		Deployments: []rules.Deployment{{ID: "7", EnvironmentID: "1", Executed: friday, LifeCycle: rules.LifeCycleFinished}},
	}}
	gained, lost := rules.Compare(fridays, mornings, environments, friday.AddDate(0, 0, 7))
	fmt.Println(len(gained), "more breaches,", len(lost), "fewer")
	for _, b := range lost {
		fmt.Println("no breach any more:", b.Deployment.ID)
	}
	// Output:
	// 0 more breaches, 1 fewer
	// no breach any more: 7
}

// Of two rules the one that was broken last leads.
func ExampleLead() {
	day := func(n int) time.Time { return time.Date(2026, time.March, n, 0, 0, 0, 0, time.UTC) }
	lead, _ := rules.Lead([]rules.Streak{
		{Rule: "fridays", InForce: true, Known: true, Since: day(6)},
		{Rule: "nights", InForce: true, Known: true, Since: day(13)},
		{Rule: "from-april", InForce: false},
	})
	fmt.Println(lead.Rule)
	// Output: nights
}
