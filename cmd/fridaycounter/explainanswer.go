package main

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// explainAnswer is the JSON of explain, in the terms of once.
type explainAnswer struct {
	At time.Time `json:"at"`
	ruleAnswer
	Decides      string               `json:"decides"` // breach, since, coverage or unknown
	Window       *windowAnswer        `json:"window"`  // that the breach met
	RunnerUp     *breachAnswer        `json:"runner_up"`
	LeftOut      []leftOutAnswer      `json:"left_out"`
	LeftOutCount map[rules.Reason]int `json:"left_out_count"`
	Limits       []coverageAnswer     `json:"limits"`  // known from the streak's beginning only
	Missing      []coverageAnswer     `json:"missing"` // not read whole
	Read         []coverageAnswer     `json:"read"`    // what is judged
	Beside       []besideAnswer       `json:"beside"`  // runs that share their id with another one
	Polls        []pollsAnswer        `json:"polls"`   // of each source
}

// besideAnswer is a run that shares its id with another run of its environment.
type besideAnswer struct {
	deploymentAnswer
	Start time.Time `json:"start"`
}

// pollsAnswer is when a source was asked. Of the history it is at most an hour old.
type pollsAnswer struct {
	Source  string     `json:"source"`
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
	deploymentAnswer
	At     time.Time    `json:"at"`
	Reason rules.Reason `json:"reason"`
	Excuse string       `json:"excuse,omitempty"`
}

type coverageAnswer struct {
	ID          string     `json:"id"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	From        *time.Time `json:"from"` // known completely from then on
}

// decides says what a streak begins with: a breach, the rule's since, or where the facts
// begin.
func decides(s rules.Streak) string {
	switch {
	case !s.Known:
		return "unknown"
	case s.AtLeast:
		return "coverage"
	case s.Breach != nil:
		return "breach"
	}
	return "since"
}

func newExplainAnswer(e rules.Explanation, t *telling, as time.Time) explainAnswer {
	zone := t.zone
	coverage := func(e rules.Environment) coverageAnswer {
		return coverageAnswer{e.ID, e.Project, e.Name, present(e.CompleteFrom, zone)}
	}
	deployment := func(d *rules.Deployment) deploymentAnswer {
		one := newDeploymentAnswer(d, zone)
		if !t.detail {
			one.URL = ""
		}
		return one
	}
	a := explainAnswer{
		At: as.In(zone), ruleAnswer: newRuleAnswer(e.Streak, t.because, zone), Decides: decides(e.Streak),
		RunnerUp:     newBreachAnswer(e.RunnerUp, zone),
		LeftOutCount: e.ExcludedCount,
		Limits:       answerEach(e.Limits, coverage),
		Missing:      answerEach(e.Streak.Missing, coverage),
		Read:         answerEach(t.environments, coverage),
	}
	a.Beside = answerEach(e.SameID, func(d rules.Deployment) besideAnswer {
		return besideAnswer{deployment(&d), d.Start().In(zone)}
	})
	a.Polls = answerEach(t.known, func(k source.Known) pollsAnswer {
		if !t.detail {
			k.Failure = ""
		}
		return pollsAnswer{k.Name, present(k.Good, zone), present(k.Failed, zone), k.Failure}
	})
	a.LeftOut = answerEach(e.Excluded, func(o rules.Exclusion) leftOutAnswer {
		excuse := ""
		if o.Exception != nil {
			excuse = o.Exception.Reason
		}
		return leftOutAnswer{deployment(&o.Deployment), o.At.In(zone), o.Reason, excuse}
	})
	if m := e.Match; m != nil {
		p := m.Window.Source
		a.Window = &windowAnswer{t.file(p.File), p.Line, m.Day, present(m.Start, zone), present(m.End, zone)}
	}
	if !t.detail {
		hideLinks(a.Breach, a.RunnerUp)
	}
	return a
}
