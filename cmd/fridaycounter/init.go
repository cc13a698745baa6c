package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

func (p *program) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init DIRECTORY",
		Short: "Write counter.cue, its scenarios and the schema, so that plain cue vet works there",
		Long: `Write counter.cue, counter_scenarios.cue, cue.mod/module.cue and the schema below
cue.mod/pkg into DIRECTORY. Then "cue vet ./..." works there, without a network.
What is there stays: an existing counter.cue is never overwritten, and neither are
scenarios.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			root, err := schema.Init(args[0])
			if err != nil {
				return err
			}
			if dir, err := filepath.Abs(args[0]); err == nil && root != dir && root != args[0] {
				fmt.Fprintf(p.stderr, "the schema is in the CUE module of %s\n", root)
			}
			fmt.Fprintf(p.stderr, "wrote %[1]s: edit counter.cue, then check it with: fridaycounter vet %[1]s\n", args[0])
			return nil
		},
	}
}
