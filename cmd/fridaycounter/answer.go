package main

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// answer is the JSON of once. Times are RFC 3339 in the policy's zone; what is
// not known is null. It is stale if the number of any rule is: that one may lead in truth.
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
	InForce bool          `json:"in_force"` // false: the rule's since is to come, and it forbids nothing
	Breach  *breachAnswer `json:"breach"`
	// Stale says that the number may have been overtaken, and StaleBecause why.
	Stale        bool           `json:"stale"`
	StaleBecause []reasonAnswer `json:"stale_because"`
}

// reasonAnswer is one reason why a number may have been overtaken. Kind is poll, clock,
// history, not_read, gone, record or scope.
type reasonAnswer struct {
	Kind        string `json:"kind"`
	Source      string `json:"source"`
	Environment string `json:"environment"`
	ID          string `json:"id"`
	Text        string `json:"text"`
}

type breachAnswer struct {
	deploymentAnswer
	State   string    `json:"state"`
	Running bool      `json:"running"`
	At      time.Time `json:"at"`
}

// spanAnswer is the forbidden window at the instant, or the next one. A null
// start or end has no end that way.
type spanAnswer struct {
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
	Rule  string     `json:"rule"`
}

func newAnswer(v engine.Verdict, because map[string][]facts.Reason) answer {
	zone := v.At.Location()
	a := answer{At: v.At, ruleAnswer: newRuleAnswer(v.Lead, because[v.Lead.Rule], zone), ForbiddenNow: &v.Forbidden}
	if w := v.Window; w != nil {
		a.NextWindow = &spanAnswer{present(w.Start, zone), present(w.End, zone), w.Rule}
	}
	for _, s := range v.Streaks {
		r := newRuleAnswer(s, because[s.Rule], zone)
		a.Rules = append(a.Rules, r)
		for _, reason := range r.StaleBecause {
			if !slices.Contains(a.StaleBecause, reason) {
				a.StaleBecause = append(a.StaleBecause, reason)
			}
		}
	}
	a.Stale = len(a.StaleBecause) > 0
	return a
}

func newRuleAnswer(s rules.Streak, because []facts.Reason, zone *time.Location) ruleAnswer {
	a := ruleAnswer{
		Rule: s.Rule, Known: s.Known, InForce: s.InForce, AtLeast: s.AtLeast, Breach: newBreachAnswer(s.Breach, zone),
		Stale: len(because) > 0, StaleBecause: answerEach(because, func(r facts.Reason) reasonAnswer { return reasonAnswer(r) }),
	}
	if s.Known {
		a.Weeks, a.Days, a.Since = &s.Weeks, &s.Days, present(s.Since, zone)
	}
	return a
}

func newBreachAnswer(b *rules.Breach, zone *time.Location) *breachAnswer {
	if b == nil {
		return nil
	}
	return &breachAnswer{newDeploymentAnswer(&b.Deployment, zone), string(b.Deployment.State), b.Running, b.At.In(zone)}
}

// answerEach returns the answer for each element of a list, which in JSON is never null.
func answerEach[T, A any](list []T, answer func(T) A) []A {
	all := []A{}
	for _, x := range list {
		all = append(all, answer(x))
	}
	return all
}

// present returns t in a zone, or nil for none.
func present(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}
