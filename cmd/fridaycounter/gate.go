package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
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
		Long: `Say whether the policy lets anybody deploy now, until when, and by which rule. It asks
nobody, so a pipeline can ask it before it deploys.

Where there is a history, an environment or project is one that it has; else one that
the policy names. Any other is most likely misspelt, and gets no yes.

Exit codes: 0 yes, 3 no, 4 cannot tell, because the policy file, a name or this
machine's clock cannot be right. A clock that nobody keeps may be wrong all the same.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			gate, err := p.gate(cmd.Context(), project, environment, at)
			if err != nil {
				return exitWith{exitCannotTell, err}
			}
			if err := p.answer(asJSON, report.NewGate(gate), report.GateSentence(gate)+"\n"); err != nil || gate.Allowed {
				return err
			}
			return exitWith{exitForbidden, nil}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the answer as JSON")
	cmd.Flags().StringVar(&at, "at", "", "ask for this `time`, not now "+query.InstantUsage+"; it may lie in the future")
	cmd.Flags().StringVar(&project, "project", "", "deployment project, by `name` or id as the policy has it (default any)")
	cmd.Flags().StringVar(&environment, "environment", "", "environment, by `name` or id as the policy has it (default any)")
	p.offerNames(cmd, "project", projectNames)
	p.offerNames(cmd, "environment", environmentNames)
	return cmd
}

func (p *program) gate(ctx context.Context, project, environment, at string) (engine.Gate, error) {
	policy, err := p.policy(ctx, p.configPath())
	if err != nil {
		return engine.Gate{}, err
	}
	now := clock()
	if at != "" {
		if now, err = query.ParseInstant("--at", at, policy.Zone); err != nil {
			return engine.Gate{}, err
		}
	} else if err := host.CheckClock(now, builtAt()); err != nil {
		return engine.Gate{}, err
	}
	known, _, err := p.stored(ctx, policy.Policy)
	if err == nil && at == "" {
		err = engine.CheckClock(known, now)
	}
	if err != nil {
		return engine.Gate{}, err
	}
	return policy.Gate(policy.Environments(known), project, environment, now)
}

// exitWith is an error with an exit code of its own. Only err is shown; nil says nothing.
type exitWith struct {
	code int
	err  error
}

func (e exitWith) Error() string { return fmt.Sprintf("exit code %d: %v", e.code, e.err) }

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
