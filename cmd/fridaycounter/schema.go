package main

import (
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of counter.cue: every field with its meaning",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			files := schema.Files()
			names, err := fs.Glob(files, "*.cue")
			if err != nil {
				return err
			}
			for _, name := range names {
				data, err := fs.ReadFile(files, name)
				if err != nil {
					return err
				}
				if _, err := cmd.OutOrStdout().Write(data); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
