package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func diffCommand(g *globals) *cobra.Command {
	var asJSON bool
	var at string
	cmd := &cobra.Command{
		Use:  "diff OLD.cue NEW.cue",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := g.diff(cmd, args[0], args[1], at)
			if err != nil {
				return err
			}
			return answer(cmd, asJSON, d, d.Text())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the changes as JSON")
	cmd.Flags().StringVar(&at, "at", "", "compare as of this `time`, not now "+query.InstantUsage)
	return cmd
}

// diff compares two files over what is known of the new one's source.
func (g *globals) diff(cmd *cobra.Command, oldPath, newPath, at string) (d report.Diff, err error) {
	if oldPath == "-" && newPath == "-" {
		return d, fmt.Errorf("only one of the files can be standard input")
	}
	old, err := readPolicy(cmd, oldPath)
	if err != nil {
		return d, err
	}
	policy, err := readPolicy(cmd, newPath)
	if err != nil {
		return d, err
	}
	c, err := g.judge(cmd, policy, at, false)
	if err := cmp.Or(err, c.Failure); err != nil {
		return d, err
	}
	for _, text := range report.SourceChanges(old.Policy, policy.Policy) {
		note(cmd, text)
	}
	before := c.Environments // of another server nothing can be compared but the rules
	if slices.Equal(old.Keys(), policy.Keys()) {
		before = old.Environments(c.Known)
	}
	return report.NewDiff(old.Policy, policy.Policy, old.Judge(before, c.At), c.Verdict(), c.Environments), nil
}
