package main

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func onceCommand(g *globals) *cobra.Command {
	var asJSON bool
	var at string
	cmd := &cobra.Command{
		Use:  "once",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			policy, err := readPolicy(cmd, g.policyPath())
			if err != nil {
				return err
			}
			c, err := g.judge(cmd, policy, at, true)
			if err != nil {
				return err
			}
			verdict := c.Verdict()
			v := report.NewVerdict(verdict, c.Stale, true)
			if err := answer(cmd, asJSON, v, report.Sentence(verdict.Lead)+"\n"); err != nil {
				return err
			}
			if c.Failure != nil || len(c.Stale) > 0 || verdict.Lead.InForce && !verdict.Lead.Known {
				return exitWith{exitStale, cmp.Or(c.Failure, v.StaleError(), errNotKnown)}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print all of the answer as JSON")
	cmd.Flags().StringVar(&at, "at", "", "judge as of this `time`, not now "+query.InstantUsage)
	return cmd
}

var errNotKnown = errors.New("the number is not known (hint: fridaycounter explain says what is missing)")
