package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func (p *program) explainCommand() *cobra.Command {
	var asJSON bool
	var at, rule string
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Say why the number is what it is",
		Long: `Say why the number is what it is: the deployment that decides, when it was
triggered, executed and finished, the rule and the window with their place in the
file, the breach before it, what was left out and why, and how fresh and complete
the facts are. It reads what run has kept, also while that runs, and asks nobody;
where nothing is kept it asks the source, as once does.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asked, err := p.judgeInForce(cmd.Context(), at)
			if err != nil {
				return err
			}
			i, err := query.RuleIndex(asked.policy.Policy, cmp.Or(rule, asked.verdict().Lead.Rule))
			if err != nil {
				return err
			}
			policy, why := asked.policy, asked.policy.Rules[i].Explain(asked.environments, asked.as)
			e := report.Explanation{
				Explanation: why, Rule: policy.Rules[i].Rule(), At: asked.as.In(policy.Zone), Environments: asked.environments, Because: asked.because[why.Streak.Rule],
				HistoryFrom: policy.Config.History.Begin(policy.Zone, clock()), Detail: true,
			}
			if asked.stored {
				e.Known, e.Stored = asked.known, true
			}
			return p.answer(asJSON, e.JSON(), e.Text())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the explanation as JSON")
	cmd.Flags().StringVar(&at, "at", "", "explain as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&rule, "rule", "", "explain the rule of this `name` (default the one that leads)")
	p.offerNames(cmd, "rule", ruleNames)
	return cmd
}
