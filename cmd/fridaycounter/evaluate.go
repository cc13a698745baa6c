package main

import (
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

// evaluateCommand is the child that evaluates counter.cue within limits; see
// package schema.
func evaluateCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "evaluate",
		Short:  "Evaluate counter.cue for another fridaycounter (request and answer are JSON)",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return schema.Child(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
