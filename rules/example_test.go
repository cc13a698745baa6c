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
	judge := rules.NewJudge(rules.Rule{
		Name:   "no-friday-deploys",
		Forbid: []rules.Window{{Weekdays: rules.WeekdaySet(time.Friday)}},
	}, berlin)

	friday := time.Date(2026, time.March, 20, 16, 0, 0, 0, berlin)
	facts := &rules.Facts{
		Environments: []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: friday.AddDate(-1, 0, 0)}},
		Deployments: []rules.Deployment{{
			ID: "7", EnvironmentID: "1", Environment: "Production",
			Executed: friday, Finished: friday.Add(5 * time.Minute),
			State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		}},
	}
	now := time.Date(2026, time.April, 4, 18, 0, 0, 0, berlin)

	streak := judge.Streak(facts, now)
	fmt.Println(streak.Weeks, "weeks,", streak.Days, "days since", streak.Since)
	next, _ := judge.NextWindow(now)
	fmt.Println("forbidden from", next.Start, "to", next.End)
	fmt.Println("look again at", judge.NextChange(streak, now))
	// Output:
	// 2 weeks, 15 days since 2026-03-20 16:05:00 +0100 CET
	// forbidden from 2026-04-10 00:00:00 +0200 CEST to 2026-04-11 00:00:00 +0200 CEST
	// look again at 2026-04-05 16:05:00 +0200 CEST
}

// A deployment from Thursday to Saturday broke the rule until Friday's end.
func ExampleJudge_Breach() {
	judge := rules.NewJudge(rules.Rule{Forbid: []rules.Window{{Weekdays: rules.WeekdaySet(time.Friday)}}}, time.UTC)
	d := rules.Deployment{
		Executed: time.Date(2026, time.April, 16, 22, 0, 0, 0, time.UTC),
		Finished: time.Date(2026, time.April, 18, 9, 0, 0, 0, time.UTC),
		State:    rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
	}
	breach, ok := judge.Breach(&d, time.Date(2026, time.April, 20, 0, 0, 0, 0, time.UTC))
	fmt.Println(ok, breach.At)
	// Output: true 2026-04-18 00:00:00 +0000 UTC
}

// A night shift: the morning after belongs to the evening's day.
func ExampleMatchWindows() {
	nights := []rules.Window{{Weekdays: rules.WeekdaySet(time.Friday), From: 22 * 60, To: 6 * 60}}
	for _, hour := range []int{21, 23, 24 + 5, 24 + 6} {
		at := time.Date(2026, time.April, 17, hour, 0, 0, 0, time.UTC)
		fmt.Println(at.Format("Mon 15:04"), rules.MatchWindows(nights, time.UTC, at))
	}
	// Output:
	// Fri 21:00 false
	// Fri 23:00 true
	// Sat 05:00 true
	// Sat 06:00 false
}
