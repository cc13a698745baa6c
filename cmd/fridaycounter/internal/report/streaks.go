package report

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Streaks is the JSON of streaks.
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
