package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

func (p *program) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init DIRECTORY",
		Short: "Write counter.cue, its scenarios and the schema, so that plain cue vet works there",
		Long: `Write counter.cue, counter_scenarios.cue, cue.mod/module.cue and the schema below
cue.mod/pkg into DIRECTORY. Then "cue vet ./..." works there, without a network.
A counter.cue that is there is never overwritten, and neither are scenarios. So after
an upgrade, run it again: it brings the copy of the schema up to date, and leaves the
policy alone.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			done, err := schema.Init(args[0])
			if err != nil {
				return err
			}
			if dir, err := filepath.Abs(args[0]); err == nil && done.Root != dir && done.Root != args[0] {
				fmt.Fprintf(p.stderr, "the schema is in the CUE module of %s\n", done.Root)
			}
			current := len(done.Wrote)+len(done.Updated) == 0
			if counter := filepath.Join(args[0], "counter.cue"); slices.Contains(done.Wrote, counter) {
				fmt.Fprintf(p.stderr, "wrote %[1]s: edit counter.cue, then check it with: fridaycounter vet %[1]s\n", args[0])
				done.Wrote = nil
			}
			for _, list := range []struct {
				verb  string
				names []string
			}{{"kept", done.Kept}, {"wrote", done.Wrote}, {"updated", done.Updated}} {
				for _, name := range list.names {
					fmt.Fprintf(p.stderr, "%s %s\n", list.verb, name)
				}
			}
			if current {
				fmt.Fprintln(p.stderr, "the schema is up to date")
			}
			return nil
		},
	}
}
