package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func vetCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "vet [FILE | DIRECTORY]",
		Short: "Check counter.cue as run would, and say what it forbids",
		Long: `Check counter.cue as run would. It finds all that "cue vet ./..." finds, and what
that cannot see: names beside the wrapper, a file cut short, windows that never
match, pages that do not fit the glass. Run both in a pipeline. Of a good file it says
in a line what it forbids, but only on a terminal; a pipeline sees exit code 0.

Of a counter_scenarios.cue beside it, it checks the words; "fridaycounter test"
checks whether the policy is as expected.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := g.policyPath(args...)
			policy, err := readPolicy(cmd, path)
			if err != nil {
				return err
			}
			if _, err := policyfile.Scenarios(cmd.Context(), path, policy.Config); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if host.IsTerminal(cmd.ErrOrStderr()) {
				fmt.Fprint(cmd.ErrOrStderr(), report.Printable(fmt.Sprintf("%s is good: %s\n", path, report.Describe(policy.Config))))
			}
			return nil
		},
	}
}
