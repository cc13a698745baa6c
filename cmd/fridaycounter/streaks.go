package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/judge"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

func streaksCommand(g *globals) *cobra.Command {
	var asJSON bool
	var at, format, rule string
	cmd := &cobra.Command{
		Use:  "streaks",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && cmd.Flags().Changed("format") && format != "json" {
				return fmt.Errorf("--json and --format %s: give one of them", format)
			}
			if asJSON {
				format = "json"
			}
			if !slices.Contains([]string{"table", "json", "svg", "png"}, format) {
				return fmt.Errorf("--format %q: want table, json, svg or png", format)
			}
			if format == "png" && host.IsTerminal(cmd.OutOrStdout()) {
				return fmt.Errorf("--format png writes an image: redirect it to a file, as in fridaycounter streaks --format png > streaks.png")
			}
			c, err := g.judgeInForce(cmd, at)
			if err != nil {
				return err
			}
			verdict := c.Verdict()
			i, err := query.RuleIndex(c.Policy.Policy, cmp.Or(rule, verdict.Lead.Rule))
			if err != nil {
				return err
			}
			if format == "svg" || format == "png" {
				return drawStreaks(cmd.OutOrStdout(), &c, i, format)
			}
			histories := verdict.Histories
			if rule != "" {
				histories = histories[i : i+1]
			}
			streaks := report.NewStreaks(histories, verdict.At)
			return answer(cmd, format == "json", streaks, streaks.Text())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the streaks as JSON, as --format json")
	cmd.Flags().StringVar(&at, "at", "", "list as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&format, "format", "table", "`table`, json, svg or png")
	cmd.Flags().StringVar(&rule, "rule", "", "only the rule of this `name` (default all; of a picture the one that leads)")
	offer(cmd, "format", "table", "json", "svg", "png")
	g.offerNames(cmd, "rule")
	return cmd
}

// stripYears is how many calendar years a picture shows at most: the latest.
const stripYears = 10

// drawStreaks writes the years of a rule as an image.
func drawStreaks(out io.Writer, c *judge.Case, rule int, format string) error {
	compiled, verdict, zone := c.Policy.Rules[rule], c.Verdict(), c.Policy.Zone
	history := verdict.Histories[rule]
	if !history.Known {
		return fmt.Errorf("the number of rule %s is not known, so there is nothing to draw", history.Rule)
	}
	last := c.At.In(zone).Year()
	strip := picture.Strip{
		Rule: history.Rule, Zone: zone, Sentence: report.Sentence(verdict.Streaks[rule]) + ".",
		First: max(history.From.In(zone).Year(), last-stripYears+1), Last: last,
	}
	from, to := strip.Range()
	strip.Occurrences = compiled.Occurrences(c.Environments, compiled.Breaches(c.Environments, c.At), from, to, c.At)
	draw := strip.SVG
	if format == "png" {
		draw = strip.PNG
	}
	image, err := draw()
	if err != nil {
		return err
	}
	_, err = out.Write(image)
	return err
}
