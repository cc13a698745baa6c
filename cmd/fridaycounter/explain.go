package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/rules"
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
			asked, err := p.askStored(cmd.Context(), at)
			if err != nil {
				return err
			}
			defer asked.close()
			list, err := asked.court.Explain(cmd.Context(), asked.store, asked.config, asked.dir, asked.as)
			if err != nil {
				return err
			}
			e, err := choose(list, rule)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(p.stdout, newExplainAnswer(e, asked.as, asked.court.Zone(), asked.docket.Environments(), asked.polls))
			}
			t := telling{
				zone: asked.court.Zone(), policy: asked.court.Rules(), read: asked.docket.Environments(), polls: asked.polls,
				from: historyFrom(asked.config, asked.court.Zone(), clock()),
				file: func(name string) string { return name },
			}
			_, err = fmt.Fprint(p.stdout, t.explanation(e))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the explanation as JSON")
	cmd.Flags().StringVar(&at, "at", "", "explain as of this `time`, not now "+atUsage)
	cmd.Flags().StringVar(&rule, "rule", "", "explain the rule of this `name` (default the one that leads)")
	p.offerNames(cmd, "rule", ruleNames)
	return cmd
}

// choose returns the explanation of a rule, or of the one that leads.
func choose(list []rules.Explanation, rule string) (rules.Explanation, error) {
	var streaks []rules.Streak
	var known []string
	for _, e := range list {
		streaks = append(streaks, e.Streak)
		known = append(known, fmt.Sprintf("%q", e.Streak.Rule))
	}
	if rule == "" {
		lead, _ := rules.Lead(streaks)
		rule = lead.Rule
	}
	i := slices.IndexFunc(list, func(e rules.Explanation) bool { return e.Streak.Rule == rule })
	if i < 0 {
		return rules.Explanation{}, fmt.Errorf("there is no rule %q: there is %s", rule, strings.Join(known, ", "))
	}
	return list[i], nil
}
