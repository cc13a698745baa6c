package engine

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The days of a year and the histories say what the breaches and streaks of the same facts say.
func TestDaysAndHistoriesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy, err := NewPolicy(drawConfig(t), ".")
		if err != nil {
			t.Fatal(err)
		}
		known, now := source.Known{Key: bamboo}, newYear
		for range rapid.IntRange(0, 6).Draw(t, "polls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour)
			known, _, _ = facts.Merge(known, facts.Poll{
				Answer: drawAnswer(t, now), Began: now, Now: now,
				Selection: policy.Sources[0].Selection, Interval: time.Hour, Room: MaxRuns,
			})
		}
		environments := policy.Environments([]source.Known{known})
		first, last := rules.DateOf(now.In(policy.Zone).AddDate(0, 0, -100)), rules.DateOf(now.In(policy.Zone).AddDate(0, 0, 1))
		days, _, _ := rules.Days(policy.Rules, policy.Zone, environments, first, last, now)
		on, seen := map[rules.Date]int{}, map[string]bool{}
		for _, c := range policy.Rules {
			for _, b := range c.Breaches(environments, now) {
				if key := fmt.Sprint(b.Date(), b.Deployment.EnvironmentID, b.Deployment.ID, b.Deployment.Start()); b.Date().String() >= c.Rule().Since.String() && !seen[key] {
					seen[key] = true // of several rules it is one
					on[b.Date()]++
				}
			}
		}
		for _, d := range days {
			if d.Breaches != on[d.Date] {
				t.Fatalf("%s: %d breaches on the day, %d in the rules", d.Date, d.Breaches, on[d.Date])
			}
		}
		verdict := policy.Judge(environments, now)
		for i, h := range verdict.Histories {
			s := verdict.Streaks[i]
			if s.Known != h.Known || s.Known && (h.Current.Weeks != s.Weeks || h.Current.Ended != nil) {
				t.Fatalf("rule %s: the current run is %+v, the streak %+v", s.Rule, h.Current, s)
			}
		}
	})
}

// drawConfig draws a policy that reads some environments, with rules for some of them.
func drawConfig(t *rapid.T) *schema.Config {
	c := config(time.Friday)
	one := func(text string) []rules.Pattern {
		p, err := rules.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		return []rules.Pattern{p}
	}
	c.Sources[0].Environments = one(rapid.SampledFrom([]string{"/./", "1", "/[12]$/"}).Draw(t, "reads"))
	c.Rules = append(c.Rules, rules.Rule{
		Name: "nights", Forbid: []rules.Window{{From: 20 * 60, To: 8 * 60}},
		Environments: one(rapid.SampledFrom([]string{"/./", "2"}).Draw(t, "scope")),
		Count:        rapid.SampledFrom([]rules.Count{rules.CountElapsed, rules.CountSurvived}).Draw(t, "count"),
	})
	if rapid.Bool().Draw(t, "since") {
		c.Rules[1].Since = rules.Date{Year: 2011, Month: time.January, Day: rapid.IntRange(1, 28).Draw(t, "day")}
	}
	version := one("release-12")
	c.Rules[1].Except = []rules.Exception{{Version: &version[0], Reason: "agreed"}}
	return c
}

// drawAnswer draws what a poll brings.
func drawAnswer(t *rapid.T, at time.Time) source.Answer {
	a := source.Answer{Listed: true}
	environments := []string{"1", "2", "3"}
	for _, id := range environments {
		month := time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
		switch rapid.IntRange(0, 3).Draw(t, "listed") {
		case 0, 1:
			a.Environments = append(a.Environments, production(id, "Environment "+id, month))
		case 2:
			a.Environments, a.More = append(a.Environments, inPart(id, "Environment "+id, month)), true
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "deployments") {
		d := deployed(rapid.SampledFrom([]string{"10", "11", "12", "13"}).Draw(t, "id"), at.Add(-time.Hour))
		d.EnvironmentID = rapid.SampledFrom(environments).Draw(t, "environment")
		if rapid.Bool().Draw(t, "running") {
			d.Finished, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleInProgress
		}
		a.Deployments = append(a.Deployments, d)
	}
	return a
}
