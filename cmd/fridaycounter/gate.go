package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
)

// The exit codes of gate, beside exitOK.
const (
	exitForbidden  = 3
	exitCannotTell = 4
)

func (p *program) gateCommand() *cobra.Command {
	var asJSON bool
	var at, project, environment string
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "May we deploy now? Exit 0 yes, 3 no, 4 cannot tell",
		Long: `Say whether the policy lets anybody deploy now, until when, and by which rule. It
needs neither network nor history, so a pipeline can ask it before it deploys.

Exit codes: 0 yes, 3 no, 4 cannot tell, because the policy file or this machine's
clock cannot be trusted.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			gate, err := p.gate(cmd.Context(), project, environment, at)
			if err != nil {
				return exitWith{exitCannotTell, err}
			}
			if asJSON {
				err = printJSON(p.stdout, newGateAnswer(gate))
			} else {
				_, err = fmt.Fprintln(p.stdout, gateSentence(gate))
			}
			if err == nil && !gate.Allowed {
				err = exitWith{exitForbidden, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	cmd.Flags().StringVar(&at, "at", "", "ask for this `time`, not now "+atUsage+"; it may lie in the future")
	cmd.Flags().StringVar(&project, "project", "", "deployment project by `name` or id (default any)")
	cmd.Flags().StringVar(&environment, "environment", "", "environment by `name` or id (default any)")
	return cmd
}

func (p *program) gate(ctx context.Context, project, environment, at string) (engine.Gate, error) {
	court, _, err := p.court(ctx, p.configPath())
	if err != nil {
		return engine.Gate{}, err
	}
	now := clock()
	if at != "" {
		if now, err = parseInstant("--at", at, court.Zone()); err != nil {
			return engine.Gate{}, err
		}
	} else if floor := builtAt(); now.Before(floor) {
		return engine.Gate{}, fmt.Errorf("this machine's clock says %s, which is before this program was made: is the time synchronised?", now.Format(time.RFC3339))
	}
	return court.Gate(project, environment, now), nil
}

// gateSentence answers as a person would.
func gateSentence(g engine.Gate) string {
	word, end := "yes", "; then "+g.Rule+" forbids it"
	if !g.Allowed {
		word, end = "no", fmt.Sprintf(", by %s (%s:%d)", g.Rule, g.Source.File, g.Source.Line)
	}
	switch {
	case g.Rule == "":
		return word + ": no rule will ever forbid it"
	case g.Until.IsZero():
		return word + ": for ever" + end
	}
	return fmt.Sprintf("%s: until %s%s", word, day(g.Until), end)
}

// gateAnswer is the JSON of gate. Until is null when the answer never changes.
type gateAnswer struct {
	At      time.Time  `json:"at"`
	Allowed bool       `json:"allowed"`
	Rule    string     `json:"rule"`
	Until   *time.Time `json:"until"`
}

func newGateAnswer(g engine.Gate) gateAnswer {
	return gateAnswer{At: g.At, Allowed: g.Allowed, Rule: g.Rule, Until: present(g.Until, g.At.Location())}
}

// exitWith is an error with an exit code of its own; a nil err says nothing.
type exitWith struct {
	code int
	err  error
}

// Error returns the cause's text.
func (e exitWith) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e exitWith) Unwrap() error { return e.err }

// exitCode returns the exit code for an error, and the error to report, if any.
func exitCode(err error) (int, error) {
	if e, ok := errors.AsType[exitWith](err); ok {
		return e.code, e.err
	}
	if err != nil {
		return exitError, err
	}
	return exitOK, nil
}
