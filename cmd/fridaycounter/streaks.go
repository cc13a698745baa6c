package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

func (p *program) streaksCommand() *cobra.Command {
	var asJSON bool
	var at, format, rule string
	cmd := &cobra.Command{
		Use:   "streaks",
		Short: "List the current, previous and record streak, and the years",
		Long: `List for each rule the current streak, the one before and the record, each with
its dates and what ended it, and for each year how many forbidden windows were
kept and how many broken. It reads what run has kept, as explain does.

With --format svg or png it draws the years of one rule: a row for each year, and in
it a cell for each forbidden window, kept or broken.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && cmd.Flags().Changed("format") && format != "json" {
				return fmt.Errorf("--json and --format %s: give one of them", format)
			}
			if asJSON {
				format = "json"
			}
			if err := p.checkStreaksFormat(format); err != nil {
				return err
			}
			asked, err := p.judgeInForce(cmd.Context(), at)
			if err != nil {
				return err
			}
			if format == "svg" || format == "png" {
				return p.writeStrip(&asked, rule, format)
			}
			histories := asked.verdict().Histories
			if rule != "" {
				i, err := ruleIndex(asked.policy.Policy, rule)
				if err != nil {
					return err
				}
				histories = histories[i : i+1]
			}
			zone := asked.policy.Zone
			return p.answer(format == "json", newStreaksAnswer(histories, asked.as.In(zone)), streakTables(histories, zone))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the streaks as JSON, as --format json")
	cmd.Flags().StringVar(&at, "at", "", "list as of this `time`, not now "+atUsage)
	cmd.Flags().StringVar(&format, "format", "table", "`table`, json, svg or png")
	cmd.Flags().StringVar(&rule, "rule", "", "only the rule of this `name` (default all; of a picture the one that leads)")
	offer(cmd, "format", "table", "json", "svg", "png")
	p.offerNames(cmd, "rule", ruleNames)
	return cmd
}

func streakTables(histories []rules.History, zone *time.Location) string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for i, h := range histories {
		if i > 0 {
			fmt.Fprintln(t)
		}
		fmt.Fprintf(t, "%s: %s known\n", h.Rule, plural(h.Breaches, "breach"))
		if !h.Known {
			fmt.Fprintln(t, "not known")
			continue
		}
		fmt.Fprintln(t, "streak\tweeks\tfrom\tto\tended by")
		tellRun(t, "current", &h.Current, zone)
		tellRun(t, "previous", previous(h), zone)
		tellRun(t, "record", h.Record, zone)
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

// previous returns the run before the current one, nil if there is none.
func previous(h rules.History) *rules.Run {
	if len(h.Ended) == 0 {
		return nil
	}
	return &h.Ended[len(h.Ended)-1]
}

func tellRun(w io.Writer, name string, r *rules.Run, zone *time.Location) {
	if r == nil {
		return
	}
	weeks, ended := fmt.Sprint(r.Weeks), "goes on"
	if r.AtLeast {
		weeks = "at least " + weeks
	}
	if r.Ended != nil {
		ended = engine.Subject(r.Ended.Deployment)
	}
	date := func(t time.Time) string { return t.In(zone).Format("Mon 2 Jan 2006") }
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", name, weeks, date(r.Start), date(r.End), ended)
}

// streaksAnswer is the JSON of streaks.
type streaksAnswer struct {
	At    time.Time       `json:"at"`
	Rules []historyAnswer `json:"rules"`
}

type historyAnswer struct {
	Rule     string       `json:"rule"`
	Known    bool         `json:"known"`
	Breaches int          `json:"breaches"`
	Current  *runAnswer   `json:"current"`
	Previous *runAnswer   `json:"previous"`
	Record   *runAnswer   `json:"record"`
	Years    []yearAnswer `json:"years"`
}

type runAnswer struct {
	Start   time.Time     `json:"start"`
	End     time.Time     `json:"end"`
	Weeks   int           `json:"weeks"`
	Days    int           `json:"days"`
	AtLeast bool          `json:"at_least"`
	Ended   *breachAnswer `json:"ended"`
}

type yearAnswer struct {
	Year   int `json:"year"`
	Kept   int `json:"kept"`
	Broken int `json:"broken"`
}

func newStreaksAnswer(histories []rules.History, at time.Time) streaksAnswer {
	history := func(h rules.History) historyAnswer { return newHistoryAnswer(h, at.Location()) }
	return streaksAnswer{at, answerEach(histories, history)}
}

func newHistoryAnswer(h rules.History, zone *time.Location) historyAnswer {
	a := historyAnswer{Rule: h.Rule, Known: h.Known, Breaches: h.Breaches}
	a.Years = answerEach(h.Years, func(y rules.Year) yearAnswer { return yearAnswer(y) })
	if h.Known {
		a.Current, a.Previous, a.Record = newRunAnswer(&h.Current, zone), newRunAnswer(previous(h), zone), newRunAnswer(h.Record, zone)
	}
	return a
}

func newRunAnswer(r *rules.Run, zone *time.Location) *runAnswer {
	if r == nil {
		return nil
	}
	return &runAnswer{r.Start.In(zone), r.End.In(zone), r.Weeks, r.Days, r.AtLeast, newBreachAnswer(r.Ended, zone)}
}
