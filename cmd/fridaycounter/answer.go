package main

import (
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// answer is the JSON of once. Times are RFC 3339 in the policy's zone; what is
// not known is null.
type answer struct {
	At           time.Time    `json:"at"` // judged as of
	ruleAnswer                // of the rule that leads
	ForbiddenNow *bool        `json:"forbidden_now"`
	NextWindow   *spanAnswer  `json:"next_window"`
	Rules        []ruleAnswer `json:"rules"`
}

type ruleAnswer struct {
	Rule    string        `json:"rule"`
	Weeks   *int          `json:"weeks"`
	Days    *int          `json:"days"`
	Since   *time.Time    `json:"since"`
	AtLeast bool          `json:"at_least"`
	Known   bool          `json:"known"`
	Breach  *breachAnswer `json:"breach"`
}

type breachAnswer struct {
	ID          string     `json:"id"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	Version     string     `json:"version"`
	State       string     `json:"state"`
	Running     bool       `json:"running"`
	Started     *time.Time `json:"started"`
	Executed    *time.Time `json:"executed"`
	Finished    *time.Time `json:"finished"`
	At          time.Time  `json:"at"`
	URL         string     `json:"url,omitempty"`
}

// spanAnswer is the forbidden window at the instant, or the next one. A null
// start or end has no end that way.
type spanAnswer struct {
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
	Rule  string     `json:"rule"`
}

func newAnswer(v engine.Verdict) answer {
	zone := v.At.Location()
	a := answer{At: v.At, ruleAnswer: newRuleAnswer(v.Lead, zone), ForbiddenNow: &v.Forbidden}
	if w := v.Window; w != nil {
		a.NextWindow = &spanAnswer{present(w.Start, zone), present(w.End, zone), w.Rule}
	}
	for _, s := range v.Streaks {
		a.Rules = append(a.Rules, newRuleAnswer(s, zone))
	}
	return a
}

func newRuleAnswer(s rules.Streak, zone *time.Location) ruleAnswer {
	a := ruleAnswer{Rule: s.Rule, Known: s.Known, AtLeast: s.AtLeast, Breach: newBreachAnswer(s.Breach, zone)}
	if s.Known {
		a.Weeks, a.Days, a.Since = &s.Weeks, &s.Days, present(s.Since, zone)
	}
	return a
}

func newBreachAnswer(b *rules.Breach, zone *time.Location) *breachAnswer {
	if b == nil {
		return nil
	}
	d := b.Deployment
	return &breachAnswer{
		ID: d.ID, Project: d.Project, Environment: d.Environment, Version: d.Version,
		State: string(d.State), Running: b.Running, URL: d.URL, At: b.At.In(zone),
		Started: present(d.Started, zone), Executed: present(d.Executed, zone), Finished: present(d.Finished, zone),
	}
}

// present returns t in a zone, or nil for none.
func present(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}
