package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

func (p *program) onceCommand() *cobra.Command {
	var asJSON bool
	var at string
	cmd := &cobra.Command{
		Use:   "once",
		Short: "Ask once and print the number",
		Long: `Ask the source once and print the number. With --at the facts are judged as of
that instant: every date after it is absent. If the source cannot be asked whole,
nothing is printed but the reason, and the exit code is 1.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now().Round(0)
			as, err := instant(at, now)
			if err != nil {
				return err
			}
			asked, err := p.ask(cmd.Context(), now)
			if err != nil {
				return err
			}
			verdict := asked.court.Judge(asked.facts, as)
			if asJSON {
				return printJSON(p.stdout, newAnswer(verdict))
			}
			_, err = fmt.Fprintln(p.stdout, sentence(verdict))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print all of the answer as JSON")
	cmd.Flags().StringVar(&at, "at", "", "judge as of this `time` (RFC 3339), not now")
	return cmd
}

// instant reads --at; empty means now.
func instant(at string, now time.Time) (time.Time, error) {
	if at == "" {
		return now, nil
	}
	t, err := parseInstant(at)
	if err != nil {
		return time.Time{}, err
	}
	if t.After(now) {
		return time.Time{}, fmt.Errorf("--at %s is in the future: nothing is known of it", at)
	}
	return t, nil
}

// asked is what a command has that polled once.
type asked struct {
	court *engine.Court
	facts rules.Facts
}

// ask evaluates the file and polls its source at now.
func (p *program) ask(ctx context.Context, now time.Time) (asked, error) {
	path := p.configPath()
	court, config, err := p.court(ctx, path)
	if err != nil {
		return asked{}, err
	}
	open := opener{dir: filepath.Dir(path), getenv: p.getenv, latches: new(bamboo.Latches)}
	facts, err := p.askSource(ctx, config, open, now)
	return asked{court, facts}, err
}

// askSource polls a configuration's source at now, with a progress bar on a terminal.
func (p *program) askSource(ctx context.Context, config *schema.Config, open opener, now time.Time) (rules.Facts, error) {
	bar := newProgress(p.stderr)
	defer bar.finish()
	open.progress = bar.update
	source, err := open.source(config)
	if err != nil {
		return rules.Facts{}, err
	}
	return engine.Ask(ctx, config, source, now, func(note string) {
		fmt.Fprintf(p.stderr, "fridaycounter: note: %s\n", note)
	})
}

func parseInstant(at string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at %q is not a time: want RFC 3339, like 2026-03-13T16:40:00-07:00", at)
	}
	return t, nil
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
func sentence(v engine.Verdict) string {
	if !v.Lead.Known {
		return engine.Weeks(v.Lead)
	}
	return fmt.Sprintf("%s since %s", engine.Weeks(v.Lead), day(v.Lead.Since.In(v.At.Location())))
}
