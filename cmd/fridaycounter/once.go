package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

func (p *program) onceCommand() *cobra.Command {
	var asJSON bool
	var at string
	cmd := &cobra.Command{
		Use:   "once",
		Short: "Ask once and print the number",
		Long: `Ask the source once and print the number. What is kept of it counts too, as it does
on the wall, and what is new is kept, unless run is there to do that. With --at the facts are judged as of that instant: every date after it
is absent. If the source cannot be asked whole, nothing is printed but the reason,
and the exit code is 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asked, err := p.askNow(cmd.Context(), at)
			if err != nil {
				return err
			}
			defer asked.close()
			verdict := asked.docket.Judge(asked.as)
			if asJSON {
				return printJSON(p.stdout, newAnswer(verdict))
			}
			_, err = fmt.Fprintln(p.stdout, sentence(verdict))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print all of the answer as JSON")
	cmd.Flags().StringVar(&at, "at", "", "judge as of this `time`, not now "+atUsage)
	return cmd
}

// day says an instant as a person does.
func day(t time.Time) string { return t.Format("Monday 2 January 2006, 15:04 MST") }

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// sentence says the number and since when.
func sentence(v engine.Verdict) string { return streakSentence(v.Lead, v.At.Location()) }

func streakSentence(s rules.Streak, zone *time.Location) string {
	if !s.Known {
		return engine.Weeks(s)
	}
	return fmt.Sprintf("%s since %s", engine.Weeks(s), day(s.Since.In(zone)))
}
