package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
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
			report, err := p.test(cmd.Context(), p.policyFile(args), run)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(p.stdout, newTestAnswer(report))
			} else {
				_, err = io.WriteString(p.stdout, report.text(isTerminal(p.stdout)))
			}
			if err == nil && report.failed() > 0 {
				err = exitWith{exitError, nil}
			}
			return err
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
	config, err := p.evaluate(ctx, policy)
	if err != nil {
		return testReport{}, err
	}
	scenarios, err := p.scenarios(ctx, policy, config)
	if errors.Is(err, fs.ErrNotExist) {
		return testReport{}, fmt.Errorf("%w (hint: it holds what you expect of %s; fridaycounter init DIRECTORY writes one to begin with)", err, policy)
	}
	if err != nil {
		return testReport{}, err
	}
	court, err := engine.NewCourt(config)
	if err != nil {
		return testReport{}, err
	}
	var report testReport
	for _, s := range scenarios {
		if chosen.MatchString(s.Name) {
			report.results = append(report.results, try(court, s))
		} else {
			report.leftOut++
		}
	}
	if len(report.results) == 0 {
		return testReport{}, fmt.Errorf("--run %q matches none of the scenarios: %s", match, scenarioNames(scenarios))
	}
	return report, nil
}

// try judges a scenario.
func try(court *engine.Court, s schema.Scenario) testResult {
	verdict := court.Judge(s.Facts, s.At)
	return testResult{s, verdict, compareWant(s.Want, verdict)}
}

func scenarioNames(scenarios []schema.Scenario) string {
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = fmt.Sprintf("%q", s.Name)
	}
	return strings.Join(names, ", ")
}
