package report

import (
	"path/filepath"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// An Explanation says why the number of a rule is what it is, and what is known of the facts.
type Explanation struct {
	rules.Explanation
	Rule         rules.Rule
	At           time.Time           // as of, in the zone of the policy
	Environments []rules.Environment // that are judged
	Because      []facts.Reason      // why the number may be out of date
	Known        []source.Known      // for when the sources were polled; nil: that was just now
	Stored       bool                // Known is from the history, which has the times of polls once an hour
	HistoryFrom  time.Time           // where history: from in the policy cuts the source off; zero: unknown
	Detail       bool                // name the CI server: links, failures and whole paths
}

// ExplanationJSON is the JSON of explain, in the terms of once.
type ExplanationJSON struct {
	At time.Time `json:"at"`
	Streak
	Decides      string               `json:"decides"` // breach, since, coverage or unknown
	Window       *Window              `json:"window"`
	RunnerUp     *Breach              `json:"runner_up"`
	LeftOut      []LeftOut            `json:"left_out"`
	LeftOutCount map[rules.Reason]int `json:"left_out_count"`
	Limits       []Coverage           `json:"limits"`  // known only from the beginning of the streak
	Missing      []Coverage           `json:"missing"` // not read completely
	Read         []Coverage           `json:"read"`    // what is judged
	Beside       []SameID             `json:"beside"`
	Polls        []Polls              `json:"polls"` // of each source
}

// Window is the forbidden window of the breach that decides.
type Window struct {
	File  string     `json:"file"`
	Line  int        `json:"line"`
	Day   rules.Date `json:"day"` // the owning day
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
}

// LeftOut is a deployment in a forbidden window that does not count.
type LeftOut struct {
	Deployment
	At     time.Time    `json:"at"`
	Reason rules.Reason `json:"reason"`
	Excuse string       `json:"excuse,omitempty"`
}

// Coverage is an environment, and from when on it is known completely.
type Coverage struct {
	ID          string     `json:"id"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	From        *time.Time `json:"from"`
}

// SameID is a run that shares its id with another run of its environment.
type SameID struct {
	Deployment
	Start time.Time `json:"start"`
}

// Polls is when a source was polled. In the history it may be an hour old.
type Polls struct {
	Source  string     `json:"source"`
	Good    *time.Time `json:"good"`
	Failed  *time.Time `json:"failed"`
	Failure string     `json:"failure,omitempty"`
}

// JSON returns the explanation for a program.
func (e *Explanation) JSON() ExplanationJSON {
	f := form{e.At.Location(), e.Detail}
	coverage := func(e rules.Environment) Coverage {
		return Coverage{e.ID, e.Project, e.Name, f.instant(e.CompleteFrom)}
	}
	a := ExplanationJSON{
		At: e.At, Streak: f.streak(e.Streak, e.Because), Decides: e.decides(), RunnerUp: f.breach(e.RunnerUp),
		LeftOutCount: e.ExcludedCount,
		LeftOut: each(e.Excluded, func(x rules.Exclusion) LeftOut {
			return LeftOut{f.deployment(&x.Deployment), x.At.In(f.zone), x.Reason, excuse(x)}
		}),
		Limits: each(e.Limits, coverage), Missing: each(e.Streak.Missing, coverage), Read: each(e.Environments, coverage),
		Beside: each(e.SameID, func(d rules.Deployment) SameID { return SameID{f.deployment(&d), d.Start().In(f.zone)} }),
		Polls: each(e.Known, func(k source.Known) Polls {
			if !e.Detail {
				k.Failure = ""
			}
			return Polls{k.Name, f.instant(k.Good), f.instant(k.Failed), k.Failure}
		}),
	}
	if m := e.Match; m != nil {
		p := m.Window.Source
		a.Window = &Window{e.file(p.File), p.Line, m.Day, f.instant(m.Start), f.instant(m.End)}
	}
	return a
}

// decides says what the streak begins with: a breach, the since of the rule, or where the
// facts begin.
func (e *Explanation) decides() string {
	switch s := e.Streak; {
	case !s.Known:
		return "unknown"
	case s.AtLeast:
		return "coverage"
	case s.Breach != nil:
		return "breach"
	}
	return "since"
}

// file names a file of the policy.
func (e *Explanation) file(path string) string {
	if e.Detail {
		return path
	}
	return filepath.Base(path)
}

func excuse(x rules.Exclusion) string {
	if x.Exception == nil {
		return ""
	}
	return x.Exception.Reason
}
