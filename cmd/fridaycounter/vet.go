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
	var against string
	cmd := &cobra.Command{
		Use:  "vet [FILE | DIRECTORY]",
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
			if against != "" {
				old, err := readPolicy(cmd, against)
				if err != nil {
					return err
				}
				for _, text := range report.SourceChanges(old.Policy, policy.Policy) {
					note(cmd, text)
				}
			}
			return answer(cmd, false, nil, report.Vetted(path, policy.Config, len(scenarios)))
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "also say which sources begin anew after this `file`")
	return cmd
}

// noteSiblings names the files beside the policy that "cue vet" takes together with it, and that the
// counter does not read.
func noteSiblings(cmd *cobra.Command, path, pkg string) {
	if names := policyfile.Siblings(path, pkg); len(names) > 0 {
		note(cmd, "of the same package, and not read: "+strings.Join(names, ", "))
	}
}
