package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func explainCommand(g *globals) *cobra.Command {
	var asJSON bool
	var at, rule string
	cmd := &cobra.Command{
		Use:  "explain",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.judgeInForce(cmd, at)
			if err != nil {
				return err
			}
			i, err := query.RuleIndex(c.Policy.Policy, cmp.Or(rule, c.Verdict().Lead.Rule))
			if err != nil {
				return err
			}
			zone, compiled := c.Policy.Zone, c.Policy.Rules[i]
			why := compiled.Explain(c.Environments, c.At)
			e := report.Explanation{
				Explanation: why, Rule: compiled.Rule(), At: c.At.In(zone), Environments: c.Environments, Because: c.Stale[why.Streak.Rule],
				HistoryFrom: c.Policy.Config.History.Begin(zone, clock()), Detail: true,
			}
			if c.Stored {
				e.Known, e.Stored = c.Known, true
			}
			return answer(cmd, asJSON, e.JSON(), e.Text())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the explanation as JSON")
	cmd.Flags().StringVar(&at, "at", "", "explain as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&rule, "rule", "", "explain the rule of this `name` (default the one that leads)")
	g.offerNames(cmd, "rule")
	return cmd
}
