package facts_test

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

var (
	afternoon  = time.Date(2026, time.March, 13, 16, 0, 0, 0, time.UTC)
	production = rules.Environment{ID: "1", Name: "Production", Project: "shop"}
)

// A server rewrites a failed deployment of last Friday: the id has another start now. What
// was known stays, and both runs count.
func ExampleMerge() {
	run := func(start time.Time, state rules.State) source.Answer {
		return source.Answer{
			Listed:       true,
			Environments: []source.Environment{{Environment: production, Reading: source.ReadWhole, From: afternoon, Exhausted: true}},
			Deployments: []rules.Deployment{{
				ID: "41", EnvironmentID: "1", Environment: "Production", Executed: start, Finished: start.Add(time.Minute),
				State: state, LifeCycle: rules.LifeCycleFinished,
			}},
		}
	}
	var known source.Known
	for i, answer := range []source.Answer{run(afternoon, rules.StateFailed), run(afternoon.AddDate(0, 0, 3), rules.StateSuccess)} {
		now := afternoon.AddDate(0, 0, 3*i).Add(time.Hour)
		next, changes, notes := facts.Merge(known, facts.Poll{Answer: answer, Began: now, Now: now, Interval: time.Hour, Room: 1000})
		fmt.Println(len(changes.Runs), "run to write")
		for _, n := range notes {
			fmt.Println(n.Text)
		}
		known = next
	}
	for _, d := range known.Environment("1").Deployments {
		fmt.Println(d.ID, d.Start().Format("Mon 2 Jan"), d.Outcome())
	}
	// Output:
	// 1 run to write
	// 1 run to write
	// id 41 of shop/Production has 2 runs: all count
	// 41 Fri 13 Mar failed
	// 41 Mon 16 Mar success
}

// What a server has deleted comes back from a file, and the environment is complete from
// an earlier instant.
func ExampleImport() {
	known := source.Known{Environments: []source.KnownEnvironment{{Environment: production}}}
	known.Environments[0].CompleteFrom = afternoon
	old := rules.Deployment{
		ID: "7", EnvironmentID: "1", Environment: "Production", Executed: afternoon.AddDate(-1, 0, 0),
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
	}
	known, _, _, err := facts.Import(known, []rules.Deployment{old}, afternoon.AddDate(-2, 0, 0), afternoon, 1000)
	e := known.Environment("1")
	fmt.Println(len(e.Deployments), "deployment, complete from", rules.DateOf(e.CompleteFrom), err)
	// Output: 1 deployment, complete from 2024-03-13 <nil>
}

// An environment that the source does not list any more is stale until somebody says that
// it is gone for good.
func ExampleRetire() {
	known := source.Known{Environments: []source.KnownEnvironment{{Environment: production, Gone: true}}}
	all := func(*rules.Environment) bool { return true }
	none := func(*rules.Environment, string) bool { return false }
	for _, reason := range facts.Stale(&known, all, none, afternoon, time.Hour) {
		fmt.Println(reason.Text)
	}
	known, _, err := facts.Retire(known, "1", afternoon)
	fmt.Println(len(facts.Stale(&known, all, none, afternoon, time.Hour)), "reasons", err)
	// Output:
	// shop/Production is not listed by its source any more; if it is gone for good, run: fridaycounter history retire 1
	// 0 reasons <nil>
}
