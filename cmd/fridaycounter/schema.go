package main

import (
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

func schemaCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "schema",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				_, err := cmd.OutOrStdout().Write(schema.JSONSchema())
				return err
			}
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
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON Schema")
	return cmd
}

// evaluateCommand is the child that evaluates counter.cue within limits; see
// package schema.
func evaluateCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "evaluate",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return schema.Child(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
