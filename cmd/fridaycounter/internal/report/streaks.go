package report

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// StreakTables returns a table for each rule.
func StreakTables(histories []rules.History, zone *time.Location) string {
	return text("streaks", 2, streakTables{histories, zone})
}

type streakTables struct {
	Histories []rules.History
	zone      *time.Location
}

// Date says the day of an instant.
func (t streakTables) Date(at time.Time) string { return at.In(t.zone).Format("Mon 2 Jan 2006") }

// streakSpans returns the streaks of a history that are listed, by their names, whose order is theirs.
func streakSpans(h rules.History) map[string]*rules.StreakSpan {
	return map[string]*rules.StreakSpan{"current": &h.Current, "previous": previous(h), "record": h.Record}
}

// previous returns the streak before the current one, nil if there is none.
func previous(h rules.History) *rules.StreakSpan {
	if len(h.Ended) == 0 {
		return nil
	}
	return &h.Ended[len(h.Ended)-1]
}

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

func (f form) history(h rules.History) History {
	a := History{Rule: h.Rule, Known: h.Known, Breaches: h.Breaches, Years: each(h.Years, func(y rules.Year) year { return year(y) })}
	if h.Known {
		a.Current, a.Previous, a.Record = f.span(&h.Current), f.span(previous(h)), f.span(h.Record)
	}
	return a
}

func (f form) span(r *rules.StreakSpan) *StreakSpan {
	if r == nil {
		return nil
	}
	return &StreakSpan{r.Start.In(f.zone), r.End.In(f.zone), r.Weeks, r.Days, r.AtLeast, f.breach(r.Ended)}
}
