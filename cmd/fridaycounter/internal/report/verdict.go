package report

import (
	"errors"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Verdict is the JSON of once. It is stale if the number of any rule is: that one may
// really lead.
type Verdict struct {
	At           time.Time `json:"at"` // judged as of
	Streak                 // of the rule that leads
	ForbiddenNow *bool     `json:"forbidden_now"`
	NextWindow   *Span     `json:"next_window"`
	Rules        []Streak  `json:"rules"`
}

// Streak is the JSON of a rule's streak.
type Streak struct {
	Rule    string     `json:"rule"`
	Weeks   *int       `json:"weeks"`
	Days    *int       `json:"days"`
	Since   *time.Time `json:"since"`
	AtLeast bool       `json:"at_least"`
	Known   bool       `json:"known"`
	InForce bool       `json:"in_force"` // false: the rule's since is to come, and it forbids nothing
	Breach  *Breach    `json:"breach"`
	// Stale says that the number may be out of date, and StaleBecause why.
	Stale        bool     `json:"stale"`
	StaleBecause []Reason `json:"stale_because"`
}

// Reason is one reason why a number may be out of date. Kind is poll, clock,
// history, not_read, gone, record or scope.
type Reason struct {
	Kind        string `json:"kind"`
	Source      string `json:"source"`
	Environment string `json:"environment"`
	ID          string `json:"id"`
	Text        string `json:"text"`
}

// Breach is the JSON of a breach.
type Breach struct {
	Deployment
	State   string    `json:"state"`
	Running bool      `json:"running"`
	At      time.Time `json:"at"`
}

// Span is the forbidden window at an instant, or the next one. A null start or end has no
// end that way.
type Span struct {
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
	Rule  string     `json:"rule"`
}

// NewVerdict returns the JSON of a verdict. because says by rule why its number may be out
// of date.
func NewVerdict(v engine.Verdict, because map[string][]facts.Reason) Verdict {
	zone := v.At.Location()
	a := Verdict{At: v.At, Streak: newStreak(v.Lead, because[v.Lead.Rule], zone), ForbiddenNow: &v.Forbidden}
	if w := v.Window; w != nil {
		a.NextWindow = &Span{Known(w.Start, zone), Known(w.End, zone), w.Rule}
	}
	for _, s := range v.Streaks {
		r := newStreak(s, because[s.Rule], zone)
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

// StaleError says why numbers may be out of date; nil if none may be.
func (v *Verdict) StaleError() error {
	var errs []error
	var texts []string
	for _, r := range v.StaleBecause {
		if !slices.Contains(texts, r.Text) {
			texts = append(texts, r.Text)
			errs = append(errs, errors.New("stale: "+r.Text))
		}
	}
	return errors.Join(errs...)
}

// HideLinks removes the links to the CI server.
func (v *Verdict) HideLinks() {
	hideLinks(v.Breach)
	for _, s := range v.Rules {
		hideLinks(s.Breach)
	}
}

func hideLinks(breaches ...*Breach) {
	for _, b := range breaches {
		if b != nil {
			b.URL = ""
		}
	}
}

func newStreak(s rules.Streak, because []facts.Reason, zone *time.Location) Streak {
	a := Streak{
		Rule: s.Rule, Known: s.Known, InForce: s.InForce, AtLeast: s.AtLeast, Breach: newBreach(s.Breach, zone),
		Stale: len(because) > 0, StaleBecause: each(because, func(r facts.Reason) Reason { return Reason(r) }),
	}
	if s.Known {
		a.Weeks, a.Days, a.Since = &s.Weeks, &s.Days, Known(s.Since, zone)
	}
	return a
}

func newBreach(b *rules.Breach, zone *time.Location) *Breach {
	if b == nil {
		return nil
	}
	return &Breach{NewDeployment(&b.Deployment, zone), string(b.Deployment.State), b.Running, b.At.In(zone)}
}
