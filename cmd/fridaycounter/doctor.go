package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/doctor"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func doctorCommand(g *globals) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "doctor",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all []doctor.Finding
			options := doctor.Options{Machine: doctor.ThisMachine(clock), Policy: g.policyPath(), State: g.state, Getenv: g.getenv}
			err := doctor.Run(cmd.Context(), options, func(f doctor.Finding) (err error) {
				all = append(all, f)
				if !asJSON {
					_, err = io.WriteString(cmd.OutOrStdout(), f.String())
				}
				return err
			})
			if err == nil && asJSON {
				err = report.WriteJSON(cmd.OutOrStdout(), all)
			}
			if code := doctor.ExitCode(all); err == nil && code != exitOK {
				err = exitWith{code, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of {check, state, found, hint}")
	return cmd
}
