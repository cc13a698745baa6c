package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// StreakTables returns a table for each rule.
func StreakTables(histories []rules.History, zone *time.Location) string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, h := range histories {
		if i > 0 {
			fmt.Fprintln(t)
		}
		fmt.Fprintf(t, "%s: %s known\n", h.Rule, Plural(h.Breaches, "breach"))
		if !h.Known {
			fmt.Fprintln(t, "not known")
			continue
		}
		fmt.Fprintln(t, "streak\tweeks\tfrom\tto\tended by")
		writeRun(t, "current", &h.Current, zone)
		writeRun(t, "previous", previous(h), zone)
		writeRun(t, "record", h.Record, zone)
		if len(h.Years) > 0 {
			fmt.Fprintln(t, "\nyear\tkept\tbroken")
		}
		for _, y := range h.Years {
			fmt.Fprintf(t, "%d\t%d\t%d\n", y.Year, y.Kept, y.Broken)
		}
	}
	_ = t.Flush() // it cannot fail
	return b.String()
}

func writeRun(w io.Writer, name string, r *rules.Run, zone *time.Location) {
	if r == nil {
		return
	}
	ended := "goes on"
	if r.Ended != nil {
		ended = Subject(r.Ended.Deployment)
	}
	date := func(t time.Time) string { return t.In(zone).Format("Mon 2 Jan 2006") }
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, count(r.Weeks, r.AtLeast), date(r.Start), date(r.End), ended)
}

// previous returns the run before the current one, nil if there is none.
func previous(h rules.History) *rules.Run {
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

// History is the runs of a rule.
type History struct {
	Rule     string `json:"rule"`
	Known    bool   `json:"known"`
	Breaches int    `json:"breaches"`
	Current  *Run   `json:"current"`
	Previous *Run   `json:"previous"`
	Record   *Run   `json:"record"`
	Years    []year `json:"years"`
}

// Run is a streak that a breach ended, or that goes on.
type Run struct {
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
		a.Current, a.Previous, a.Record = f.run(&h.Current), f.run(previous(h)), f.run(h.Record)
	}
	return a
}

func (f form) run(r *rules.Run) *Run {
	if r == nil {
		return nil
	}
	return &Run{r.Start.In(f.zone), r.End.In(f.zone), r.Weeks, r.Days, r.AtLeast, f.breach(r.Ended)}
}
