package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func testCommand(g *globals) *cobra.Command {
	var asJSON bool
	var run string
	cmd := &cobra.Command{
		Use:  "test [FILE | DIRECTORY]",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := test(cmd, g.policyPath(args...), run)
			if err != nil {
				return err
			}
			if err := answer(cmd, asJSON, result, result.Text(host.IsTerminal(cmd.OutOrStdout()))); err != nil || result.Failed == 0 {
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
func test(cmd *cobra.Command, path, match string) (report.Scenarios, error) {
	chosen, err := regexp.Compile(match)
	if err != nil {
		return report.Scenarios{}, fmt.Errorf("--run: %w", err)
	}
	policy, err := readPolicy(cmd, path)
	if err != nil {
		return report.Scenarios{}, err
	}
	noteSiblings(cmd, path, policy.Config.Package)
	scenarios, err := policyfile.Scenarios(cmd.Context(), path, policy.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return report.Scenarios{}, fmt.Errorf("%w (hint: it holds what you expect of %s; fridaycounter init DIRECTORY writes one to begin with)", err, path)
	}
	if err != nil {
		return report.Scenarios{}, err
	}
	var result report.Scenarios
	var others []string
	for _, s := range scenarios {
		if !chosen.MatchString(s.Name) {
			result.LeftOut++
			others = append(others, fmt.Sprintf("%q", s.Name))
			continue
		}
		result.Add(s, policy.Judge(s.Environments, s.At))
	}
	if len(result.Scenarios) == 0 {
		return report.Scenarios{}, fmt.Errorf("--run %q matches none of the scenarios: %s", match, strings.Join(others, ", "))
	}
	return result, nil
}
