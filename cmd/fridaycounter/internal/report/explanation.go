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
	Window       *matchedWindow       `json:"window"`
	RunnerUp     *Breach              `json:"runner_up"`
	LeftOut      []leftOut            `json:"left_out"`
	LeftOutCount map[rules.Reason]int `json:"left_out_count"`
	Limits       []coverage           `json:"limits"`  // known only from the beginning of the streak
	Missing      []coverage           `json:"missing"` // not read completely
	Read         []coverage           `json:"read"`    // what is judged
	Beside       []sameID             `json:"beside"`
	Polls        []pollTimes          `json:"polls"` // of each source
}

// matchedWindow is the forbidden window of the breach that decides.
type matchedWindow struct {
	File  string     `json:"file"`
	Line  int        `json:"line"`
	Day   rules.Date `json:"day"` // the owning day
	Start *time.Time `json:"start"`
	End   *time.Time `json:"end"`
}

// leftOut is a deployment in a forbidden window that does not count.
type leftOut struct {
	Deployment
	At     time.Time    `json:"at"`
	Reason rules.Reason `json:"reason"`
	Excuse string       `json:"excuse,omitempty"`
}

// coverage is an environment, and from when on it is known completely.
type coverage struct {
	ID          string     `json:"id"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	From        *time.Time `json:"from"`
}

// sameID is a run that shares its id with another run of its environment.
type sameID struct {
	Deployment
	Start time.Time `json:"start"`
}

// pollTimes is when a source was polled. In the history it may be an hour old.
type pollTimes struct {
	Source  string     `json:"source"`
	Good    *time.Time `json:"good"`
	Failed  *time.Time `json:"failed"`
	Failure string     `json:"failure,omitempty"`
}

// JSON returns the explanation for a program.
func (e *Explanation) JSON() ExplanationJSON {
	f := form{e.At.Location(), e.Detail}
	extent := func(e rules.Environment) coverage {
		return coverage{e.ID, e.Project, e.Name, f.instant(e.CompleteFrom)}
	}
	a := ExplanationJSON{
		At: e.At, Streak: f.streak(e.Streak, e.Because), Decides: e.Decides(), RunnerUp: f.breach(e.RunnerUp),
		LeftOutCount: e.ExcludedCount,
		LeftOut: each(e.Excluded, func(x rules.Exclusion) leftOut {
			return leftOut{f.deployment(x.Deployment), x.At.In(f.zone), x.Reason, excuse(x)}
		}),
		Limits: each(e.Limits, extent), Missing: each(e.Streak.Missing, extent), Read: each(e.Environments, extent),
		Beside: each(e.SameID, func(d rules.Deployment) sameID { return sameID{f.deployment(&d), d.Start().In(f.zone)} }),
		Polls: each(e.Known, func(k source.Known) pollTimes {
			if !e.Detail {
				k.Failure = ""
			}
			return pollTimes{k.Name, f.instant(k.Good), f.instant(k.Failed), k.Failure}
		}),
	}
	if m := e.Match; m != nil {
		p := m.Window.Position
		a.Window = &matchedWindow{e.file(p.File), p.Line, m.Day, f.instant(m.Start), f.instant(m.End)}
	}
	return a
}

// Decides says what the streak begins with: a breach, the since of the rule, or where the
// facts begin.
func (e *Explanation) Decides() string {
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
