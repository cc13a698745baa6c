package report

import (
	"fmt"
	"path/filepath"
	"slices"
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
			left := leftOut{Deployment: f.deployment(x.Deployment), At: x.At.In(f.zone), Reason: x.Reason}
			if x.Exception != nil {
				left.Excuse = x.Exception.Reason
			}
			return left
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

// Text returns the explanation in some paragraphs.
func (e *Explanation) Text() string { return text("explanation", 0, e) }

// Day says an instant. A window without an end lasts for ever.
func (e *Explanation) Day(t time.Time) string {
	if t.IsZero() {
		return "for ever"
	}
	return Day(t.In(e.At.Location()))
}

// Place says where counter.cue has something, if that is known.
func (e *Explanation) Place(at rules.Position) string {
	if at.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", e.file(at.File), at.Line)
}

// SeveralSources reports whether another source may have a deployment of the same id.
func (e *Explanation) SeveralSources() bool {
	return slices.ContainsFunc(e.Environments, func(other rules.Environment) bool { return other.Source != e.Environments[0].Source })
}

// NotCounted returns what was in a window and does not count, what is out of scope last. It leaves
// out what has not happened yet.
func (e *Explanation) NotCounted() []rules.Exclusion {
	var list, outside []rules.Exclusion
	for _, x := range e.Excluded {
		switch x.Reason {
		case rules.ReasonNotYet:
		case rules.ReasonOutOfScope:
			outside = append(outside, x)
		default:
			list = append(list, x)
		}
	}
	return append(list, outside...)
}

// Uncounted returns how many there are of [Explanation.NotCounted], listed or not.
func (e *Explanation) Uncounted() int {
	total := -e.ExcludedCount[rules.ReasonNotYet]
	for _, n := range e.ExcludedCount {
		total += n
	}
	return total
}
