package report

import (
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Verdict is the JSON of the command once. It is stale if the number of any rule is: that rule
// may really be the one that leads.
type Verdict struct {
	At           time.Time `json:"at"` // judged as of
	Streak                 // of the rule that leads
	ForbiddenNow *bool     `json:"forbidden_now"`
	NextWindow   *span     `json:"next_window"`
	Rules        []Streak  `json:"rules"`
}

// Streak is the streak of a rule.
type Streak struct {
	Rule    string     `json:"rule"`
	Weeks   *int       `json:"weeks"`
	Days    *int       `json:"days"`
	Since   *time.Time `json:"since"`
	AtLeast bool       `json:"at_least"`
	Known   bool       `json:"known"`
	InForce bool       `json:"in_force"` // false: the since of the rule is to come, and it forbids nothing
	Breach  *Breach    `json:"breach"`
	// Stale says that the number may be out of date, and StaleBecause why.
	Stale        bool           `json:"stale"`
	StaleBecause []facts.Reason `json:"stale_because"`
}

// Breach is a deployment that broke a rule.
type Breach struct {
	Deployment
	State   string    `json:"state"`   // a rules.State
	Running bool      `json:"running"` // it has not ended
	At      time.Time `json:"at"`      // when it left the window
}

// span is the forbidden window that contains an instant, or else the next one. A null start
// means that it always was open, a null end that it never closes.
type span struct {
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
	Rule  string     `json:"rule"`
}

// NewVerdict returns the JSON of a verdict, with links to the CI server or without. because
// says for each rule why its number may be out of date.
func NewVerdict(v engine.Verdict, because map[string][]facts.Reason, links bool) Verdict {
	f := form{v.At.Location(), links}
	a := Verdict{At: v.At, Streak: f.streak(v.Lead, because[v.Lead.Rule]), ForbiddenNow: &v.Forbidden}
	if w := v.Occurrence; w != nil {
		a.NextWindow = &span{f.instant(w.Start), f.instant(w.End), w.Rule}
	}
	reasons := a.StaleBecause
	for _, s := range v.Streaks {
		a.Rules = append(a.Rules, f.streak(s, because[s.Rule]))
		reasons = append(reasons, a.Rules[len(a.Rules)-1].StaleBecause...)
	}
	a.Stale, a.StaleBecause = len(reasons) > 0, unique(reasons)
	return a
}

// PublicVerdict returns the JSON of a status for those who look on: with links and the name of the
// CI server only in detail.
func PublicVerdict(status *engine.Status, detail bool) Verdict {
	v := NewVerdict(status.Verdict, Because(status, detail), detail)
	if status.Clock != engine.ClockTrusted {
		v.ForbiddenNow, v.NextWindow = nil, nil // nobody knows what time it is
	}
	return v
}

// StaleError says why numbers may be out of date; nil if none may be.
func (v *Verdict) StaleError() error {
	texts := unique(each(v.StaleBecause, func(r facts.Reason) string { return r.Text }))
	return errors.Join(each(texts, func(text string) error { return errors.New("stale: " + text) })...)
}

func (f form) streak(s rules.Streak, because []facts.Reason) Streak {
	a := Streak{
		Rule: s.Rule, Known: s.Known, InForce: s.InForce, AtLeast: s.AtLeast, Breach: f.breach(s.Breach),
		Stale: len(because) > 0, StaleBecause: append([]facts.Reason{}, because...),
	}
	if s.Known {
		a.Weeks, a.Days, a.Since = &s.Weeks, &s.Days, f.instant(s.Since)
	}
	return a
}

func (f form) breach(b *rules.Breach) *Breach {
	if b == nil {
		return nil
	}
	return &Breach{f.deployment(&b.Deployment), string(b.Deployment.State), b.Running, b.At.In(f.zone)}
}

// Streaks is the JSON of the command streaks.
type Streaks struct {
	At    time.Time `json:"at"`
	Rules []History `json:"rules"`
}

// History is the streaks of a rule.
type History struct {
	Rule     string      `json:"rule"`
	Known    bool        `json:"known"`
	Breaches int         `json:"breaches"`
	Current  *StreakSpan `json:"current"`
	Previous *StreakSpan `json:"previous"`
	Record   *StreakSpan `json:"record"`
	Years    []year      `json:"years"`
}

// StreakSpan is a streak that a breach ended, or that goes on.
type StreakSpan struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Weeks   int       `json:"weeks"`
	Days    int       `json:"days"`
	AtLeast bool      `json:"at_least"`
	Ended   *Breach   `json:"ended"`
}

// year counts the forbidden windows of a year.
type year struct {
	Year   int `json:"year"`
	Kept   int `json:"kept"`
	Broken int `json:"broken"`
}

// NewStreaks returns the JSON of histories as of an instant in the zone of the policy.
func NewStreaks(histories []rules.History, at time.Time) Streaks {
	return Streaks{at, each(histories, form{at.Location(), true}.history)}
}

// Text returns a table for each rule.
func (s *Streaks) Text() string { return text("streaks", 2, s) }

func (f form) history(h rules.History) History {
	a := History{Rule: h.Rule, Known: h.Known, Breaches: h.Breaches, Years: each(h.Years, func(y rules.Year) year { return year(y) })}
	if !h.Known {
		return a
	}
	a.Current, a.Record = f.span(&h.Current), f.span(h.Record)
	if n := len(h.Ended); n > 0 {
		a.Previous = f.span(&h.Ended[n-1])
	}
	return a
}

func (f form) span(r *rules.StreakSpan) *StreakSpan {
	return &StreakSpan{r.Start, r.End, r.Weeks, r.Days, r.AtLeast, f.breach(r.Ended)}
}

// Gate is the JSON of the command gate. Until is when the answer changes; null: never.
type Gate struct {
	At      time.Time  `json:"at"`
	Allowed bool       `json:"allowed"`
	Rule    string     `json:"rule"`
	Until   *time.Time `json:"until"`
}

// NewGate returns the JSON of a gate.
func NewGate(g engine.Gate) Gate {
	return Gate{At: g.At, Allowed: g.Allowed, Rule: g.Rule, Until: Instant(g.Until, g.At.Location())}
}

// GateSentence says whether anybody may deploy, until when, and by which rule.
func GateSentence(g engine.Gate) string { return text("gate", 0, g) }
