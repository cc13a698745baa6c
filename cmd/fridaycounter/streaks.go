package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
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
				i, err := query.RuleIndex(asked.policy.Policy, rule)
				if err != nil {
					return err
				}
				histories = histories[i : i+1]
			}
			zone := asked.policy.Zone
			return p.answer(format == "json", report.NewStreaks(histories, asked.as.In(zone)), report.StreakTables(histories, zone))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the streaks as JSON, as --format json")
	cmd.Flags().StringVar(&at, "at", "", "list as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&format, "format", "table", "`table`, json, svg or png")
	cmd.Flags().StringVar(&rule, "rule", "", "only the rule of this `name` (default all; of a picture the one that leads)")
	offer(cmd, "format", "table", "json", "svg", "png")
	p.offerNames(cmd, "rule", ruleNames)
	return cmd
}
