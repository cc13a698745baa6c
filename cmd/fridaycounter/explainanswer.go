package main

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/rules"
)

// explainAnswer is the JSON of explain, in the terms of once.
type explainAnswer struct {
	At time.Time `json:"at"`
	ruleAnswer
	Decides      string           `json:"decides"` // breach, since, coverage or unknown
	Window       *windowAnswer    `json:"window"`  // that the breach met
	RunnerUp     *breachAnswer    `json:"runner_up"`
	LeftOut      []leftOutAnswer  `json:"left_out"`
	LeftOutCount map[string]int   `json:"left_out_count"`
	Limits       []coverageAnswer `json:"limits"`  // known from the streak's beginning only
	Missing      []coverageAnswer `json:"missing"` // not read whole
	Read         []coverageAnswer `json:"read"`    // what is judged
	Polls        *pollsAnswer     `json:"polls"`   // of the history; null where the source was asked just now
}

// pollsAnswer is when the source was asked, at most an hour old.
type pollsAnswer struct {
	Good    *time.Time `json:"good"`
	Failed  *time.Time `json:"failed"`
	Failure string     `json:"failure,omitempty"`
}

type windowAnswer struct {
	File  string     `json:"file"`
	Line  int        `json:"line"`
	Day   rules.Date `json:"day"` // the owning day
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
}

type leftOutAnswer struct {
	ID          string    `json:"id"`
	Project     string    `json:"project"`
	Environment string    `json:"environment"`
	Version     string    `json:"version"`
	At          time.Time `json:"at"`
	Reason      string    `json:"reason"`
	Excuse      string    `json:"excuse,omitempty"`
}

type coverageAnswer struct {
	ID          string     `json:"id"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	From        *time.Time `json:"from"` // known completely from then on
}

func newExplainAnswer(e rules.Explanation, as time.Time, zone *time.Location, read []rules.Environment, polls history.Polls) explainAnswer {
	a := explainAnswer{
		At: as.In(zone), ruleAnswer: newRuleAnswer(e.Streak, zone), Decides: string(e.Decides),
		RunnerUp:     newBreachAnswer(e.RunnerUp, zone),
		LeftOut:      []leftOutAnswer{},
		LeftOutCount: map[string]int{},
		Limits:       newCoverageAnswers(e.Limits, zone),
		Missing:      newCoverageAnswers(e.Streak.Missing, zone),
		Read:         newCoverageAnswers(read, zone),
	}
	if !polls.Good.IsZero() {
		a.Polls = &pollsAnswer{present(polls.Good, zone), present(polls.Failed, zone), polls.Failure}
	}
	if m := e.Met; m != nil {
		p := m.Window.Source
		a.Window = &windowAnswer{p.File, p.Line, m.Day, present(m.Start, zone), present(m.End, zone)}
	}
	for _, o := range e.LeftOut {
		d := o.Deployment
		left := leftOutAnswer{ID: d.ID, Project: d.Project, Environment: d.Environment, Version: d.Version, At: o.At.In(zone), Reason: string(o.Reason)}
		if o.Exception != nil {
			left.Excuse = o.Exception.Reason
		}
		a.LeftOut = append(a.LeftOut, left)
	}
	for reason, n := range e.LeftOutCount {
		a.LeftOutCount[string(reason)] = n
	}
	return a
}

func newCoverageAnswers(list []rules.Environment, zone *time.Location) []coverageAnswer {
	answers := []coverageAnswer{}
	for _, e := range list {
		answers = append(answers, coverageAnswer{e.ID, e.Project, e.Name, present(e.CompleteFrom, zone)})
	}
	return answers
}
