package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
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
			i, err := ruleIndex(asked.policy.Policy, cmp.Or(rule, asked.verdict().Lead.Rule))
			if err != nil {
				return err
			}
			e := asked.policy.Rules[i].Explain(asked.environments, asked.as)
			t := telling{
				zone: asked.policy.Zone, environments: asked.environments, rule: asked.policy.Rules[i].Rule(), because: asked.because[e.Streak.Rule],
				from: sources.HistoryFrom(asked.policy.Config, asked.policy.Zone, clock()),
				file: func(name string) string { return name }, detail: true,
			}
			if asked.stored {
				t.known, t.marks = asked.known, " (written down at most once an hour)"
			}
			return p.answer(asJSON, newExplainAnswer(e, &t, asked.as), t.explanation(e))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the explanation as JSON")
	cmd.Flags().StringVar(&at, "at", "", "explain as of this `time`, not now "+atUsage)
	cmd.Flags().StringVar(&rule, "rule", "", "explain the rule of this `name` (default the one that leads)")
	p.offerNames(cmd, "rule", ruleNames)
	return cmd
}
