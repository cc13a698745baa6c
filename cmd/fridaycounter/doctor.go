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
		Use:   "doctor",
		Short: "Look at everything that a counter needs, and say what to do",
		Long: `Look at everything that a counter needs: the policy, the history, SPI and power, the
clock and the zone, Bamboo or the file, the page and the service. Each check is one of

  ok    what was found is good
  warn  it works, but look at it
  fail  the counter will not work like this
  skip  this could not be checked here, and why

It changes nothing, with one exception: a login that the server refuses now is recorded
in the history, which is created if need be, so that no other command sends it again. A
login that was refused before is not sent.

Run it as the user of the service, or as root. Root judges files and devices for that
user too, and sees which process holds the SPI port:

  sudo -u fridaycounter fridaycounter doctor
  sudo fridaycounter doctor

Exit codes: 0 all is well or skipped, 1 a check failed, 2 there are warnings only.`,
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
