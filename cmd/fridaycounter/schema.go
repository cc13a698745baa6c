package main

import (
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

func schemaCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of counter.cue: every field with its meaning",
		Long: `Print the schema of counter.cue, which is CUE: every field with its meaning. With
--json it is a JSON Schema of the policy (draft 2020-12), for editors, and for those who
keep or generate it as YAML or JSON; "fridaycounter vet" finds more than that does.`,
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
