package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/schema"
)

// The exit codes of doctor, beside exitOK.
const (
	exitFailed = 1 // a check failed
	exitWarned = 2 // only warnings
)

// doctorTime is how long all checks may take.
const doctorTime = 15 * time.Second

// serviceUser runs the installed counter.
const serviceUser = "fridaycounter"

func (p *program) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that a counter needs, and say what to do",
		Long: `Look at everything that a counter needs: the policy, the history, SPI and power, the
clock and the zone, Bamboo or the file, the page and the service. Each check is one of

  ok    what was found is good
  warn  it works, but look at it
  fail  the counter will not work so
  skip  this could not be checked here, and why

It changes nothing but this: a login that is refused now is kept in the history, which is
made for it, so that nobody sends it again. One that was refused before is not sent.

Run it as the service runs, for what that user may do, or as root, which judges the
files and devices for that user too, and sees which process holds the SPI port:

  sudo -u fridaycounter fridaycounter doctor
  sudo fridaycounter doctor

Exit codes: 0 all is well or skipped, 1 a check failed, 2 there are only warnings.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.doctor(cmd.Context(), newSystem(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of {check, state, found, hint}")
	return cmd
}

// A doctor looks at what a counter needs.
type doctor struct {
	*program
	host *system
	user subject
	unit unit // of the installed service

	path   string         // of the policy
	config *schema.Config // in force; nil: none
}

// doctor makes all checks and prints what they found.
func (p *program) doctor(ctx context.Context, h *system, asJSON bool) error {
	limited, cancel := context.WithTimeoutCause(ctx, doctorTime, fmt.Errorf("not within the %v of doctor", doctorTime))
	defer cancel()
	d := &doctor{program: p, host: h, user: h.subject(), unit: h.unit(), path: p.configPath()}
	chart := &chart{w: p.stdout, quiet: asJSON}
	for _, look := range d.checks() {
		found := look(limited)
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		chart.add(found...)
	}
	if asJSON {
		chart.err = printJSON(p.stdout, chart.findings)
	}
	if chart.err != nil {
		return chart.err
	}
	if code := chart.code(); code != exitOK {
		return exitWith{code, nil}
	}
	return nil
}

// checks lists them in their order: the first finds the policy, by which the others go,
// and the last may wait for the network.
func (d *doctor) checks() []func(context.Context) []finding {
	return []func(context.Context) []finding{
		d.lookAtPolicy, d.lookAtState,
		d.lookAtMachine, d.lookAtSPI, d.lookAtPower,
		d.lookAtClock, d.lookAtZone,
		d.lookAtWeb, d.lookAtService,
		d.lookAtSource,
	}
}

// noPolicy is why a check is skipped that goes by the policy.
const noPolicy = "there is no policy"

// lookAtSource looks at the source that the policy names.
func (d *doctor) lookAtSource(ctx context.Context) []finding {
	switch {
	case d.config == nil: // which checks there would be, only the policy says
		return skipAll(noPolicy, "source")
	case d.config.Source.File != nil:
		return d.lookAtFile(ctx)
	}
	return d.lookAtBamboo(ctx)
}

// dir is where relative paths of the policy begin.
func (d *doctor) dir() string { return filepath.Dir(d.path) }

// beside returns a path of the policy.
func (d *doctor) beside(path string) string { return (&opener{dir: d.dir()}).path(path) }
