package report

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// ExplanationJSON is the JSON of explain, in the terms of once.
type ExplanationJSON struct {
	At time.Time `json:"at"`
	Streak
	Decides      string               `json:"decides"` // breach, since, coverage or unknown
	Window       *Window              `json:"window"`  // that the breach met
	RunnerUp     *Breach              `json:"runner_up"`
	LeftOut      []LeftOut            `json:"left_out"`
	LeftOutCount map[rules.Reason]int `json:"left_out_count"`
	Limits       []Coverage           `json:"limits"`  // known from the streak's beginning only
	Missing      []Coverage           `json:"missing"` // not read whole
	Read         []Coverage           `json:"read"`    // what is judged
	Beside       []SharedID           `json:"beside"`  // runs that share their id with another one
	Polls        []Polls              `json:"polls"`   // of each source
}

// SharedID is a run that shares its id with another run of its environment.
type SharedID struct {
	Deployment
	Start time.Time `json:"start"`
}

// Polls is when a source was asked. Of the history it is at most an hour old.
type Polls struct {
	Source  string     `json:"source"`
	Good    *time.Time `json:"good"`
	Failed  *time.Time `json:"failed"`
	Failure string     `json:"failure,omitempty"`
}

// Window is the window that a breach is in.
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

// Coverage is how far back an environment is known.
type Coverage struct {
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

// JSON returns the explanation for a program.
func (e *Explanation) JSON() ExplanationJSON {
	zone := e.At.Location()
	coverage := func(e rules.Environment) Coverage {
		return Coverage{e.ID, e.Project, e.Name, Known(e.CompleteFrom, zone)}
	}
	deployment := func(d *rules.Deployment) Deployment {
		one := NewDeployment(d, zone)
		if !e.Detail {
			one.URL = ""
		}
		return one
	}
	a := ExplanationJSON{
		At: e.At, Streak: newStreak(e.Streak, e.Because, zone), Decides: decides(e.Streak),
		RunnerUp:     newBreach(e.RunnerUp, zone),
		LeftOutCount: e.ExcludedCount,
		Limits:       each(e.Limits, coverage),
		Missing:      each(e.Streak.Missing, coverage),
		Read:         each(e.Environments, coverage),
	}
	a.Beside = each(e.SameID, func(d rules.Deployment) SharedID {
		return SharedID{deployment(&d), d.Start().In(zone)}
	})
	a.Polls = each(e.Known, func(k source.Known) Polls {
		if !e.Detail {
			k.Failure = ""
		}
		return Polls{k.Name, Known(k.Good, zone), Known(k.Failed, zone), k.Failure}
	})
	a.LeftOut = each(e.Excluded, func(o rules.Exclusion) LeftOut {
		excuse := ""
		if o.Exception != nil {
			excuse = o.Exception.Reason
		}
		return LeftOut{deployment(&o.Deployment), o.At.In(zone), o.Reason, excuse}
	})
	if m := e.Match; m != nil {
		p := m.Window.Source
		a.Window = &Window{e.file(p.File), p.Line, m.Day, Known(m.Start, zone), Known(m.End, zone)}
	}
	if !e.Detail {
		hideLinks(a.Breach, a.RunnerUp)
	}
	return a
}
