package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func vetCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "vet [FILE | DIRECTORY]",
		Short: "Check counter.cue as run would, and say what it forbids",
		Long: `Check counter.cue as run would; "-" is standard input. It finds all that "cue vet
./..." finds, and what that cannot see: fields outside schema.#Counter & {…}, a
truncated file, windows that never match, pages that do not fit the glass. Run both in
a pipeline. Of a good file it prints what it forbids. Notes on standard error name what
is allowed and may not be meant, and files of the same package that are not read.

Of a counter_scenarios.cue beside it, it checks the words; "fridaycounter test"
checks whether the policy is as expected.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := g.policyPath(args...)
			policy, err := readPolicy(cmd, path)
			if err != nil {
				return err
			}
			scenarios, err := policyfile.Scenarios(cmd.Context(), path, policy.Config)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			for _, n := range policy.Config.Notes(clock()) {
				note(cmd, n.String())
			}
			noteSiblings(cmd, path, policy.Config.Package)
			return answer(cmd, false, nil, report.Vetted(path, policy.Config, len(scenarios)))
		},
	}
}

// noteSiblings names the files beside the policy that "cue vet" takes together with it, and that the
// counter does not read.
func noteSiblings(cmd *cobra.Command, path, pkg string) {
	if names := policyfile.Siblings(path, pkg); len(names) > 0 {
		note(cmd, "of the same package, and not read: "+strings.Join(names, ", "))
	}
}
