package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
)

func (p *program) testCommand() *cobra.Command {
	var asJSON bool
	var run string
	cmd := &cobra.Command{
		Use:   "test [FILE | DIRECTORY]",
		Short: "Check the policy against the scenarios beside it",
		Long: `Check counter.cue against counter_scenarios.cue, the file beside it in which the
team says what it expects of its policy: some deployments, an instant, and the
number and rule that the wall then shows. It asks no server.

A scenario that fails is shown with what it got and what it wants, and the exit
code is 1. Scenarios that pass are listed on a terminal only.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := p.test(cmd.Context(), policyPath(args, p.configPath()), run)
			if err != nil {
				return err
			}
			if err := p.answer(asJSON, report, report.text(isTerminal(p.stdout))); err != nil || report.Failed == 0 {
				return err
			}
			return exitWith{exitError, nil}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results as JSON")
	cmd.Flags().StringVar(&run, "run", "", "only the scenarios whose name matches this `regexp`")
	return cmd
}

// test judges the scenarios beside the policy whose names match.
func (p *program) test(ctx context.Context, policy, match string) (testReport, error) {
	chosen, err := regexp.Compile(match)
	if err != nil {
		return testReport{}, fmt.Errorf("--run: %w", err)
	}
	compiled, err := p.policy(ctx, policy)
	if err != nil {
		return testReport{}, err
	}
	scenarios, err := policyfile.Scenarios(ctx, policy, compiled.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return testReport{}, fmt.Errorf("%w (hint: it holds what you expect of %s; fridaycounter init DIRECTORY writes one to begin with)", err, policy)
	}
	if err != nil {
		return testReport{}, err
	}
	var report testReport
	var others []string
	for _, s := range scenarios {
		if !chosen.MatchString(s.Name) {
			report.LeftOut++
			others = append(others, fmt.Sprintf("%q", s.Name))
			continue
		}
		verdict := compiled.Judge(s.Environments, s.At)
		d := compareWant(s.Want, verdict)
		if len(d) == 0 {
			report.Passed++
		} else {
			report.Failed++
		}
		report.Scenarios = append(report.Scenarios, testResult{s.Name, s.Source.File, s.Source.Line, len(d) == 0, d, verdict})
	}
	if len(report.Scenarios) == 0 {
		return testReport{}, fmt.Errorf("--run %q matches none of the scenarios: %s", match, strings.Join(others, ", "))
	}
	return report, nil
}
