package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

func vetCommand(g *globals) *cobra.Command {
	var against string
	var watch bool
	cmd := &cobra.Command{
		Use: "vet [FILE | DIRECTORY]",
		RunE: func(cmd *cobra.Command, args []string) error {
			if watch {
				return g.watchVet(cmd, g.policyPath(args...), against)
			}
			return g.vet(cmd, g.policyPath(args...), against)
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "also say which sources begin anew after this `file`")
	cmd.Flags().BoolVar(&watch, "watch", false, "check again at each save, until Ctrl-C")
	return cmd
}

func (g *globals) vet(cmd *cobra.Command, path, against string) error {
	policy, wall, err := policyfile.ReadEither(cmd.Context(), path, cmd.InOrStdin())
	if err != nil {
		return err
	}
	if wall != nil && against != "" {
		return fmt.Errorf("--against: %s is the file of a wall, which has no sources that could begin anew", path)
	}
	if wall != nil {
		noteSiblings(cmd, path, wall.Package)
		return g.answer(cmd, nil, report.VettedWall(path, wall))
	}
	scenarios, err := policyfile.Scenarios(cmd.Context(), path, policy.Config)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, n := range policy.Config.Notes(clock()) {
		note(cmd, n.String())
	}
	noteSiblings(cmd, path, policy.Config.Package)
	if against != "" {
		old, err := readPolicy(cmd, against)
		if err != nil {
			return err
		}
		noteSourceChanges(cmd, old, policy)
	}
	return g.answer(cmd, nil, report.Vetted(path, policy.Config, len(scenarios)))
}

// noteSiblings names the files beside the policy that "cue vet" takes together with it, and that the
// counter does not read.
func noteSiblings(cmd *cobra.Command, path, pkg string) {
	if names := policyfile.Siblings(path, pkg); len(names) > 0 {
		note(cmd, "of the same package, and not read: "+strings.Join(names, ", "))
	}
}

// noteSourceChanges says which sources begin anew with another policy.
func noteSourceChanges(cmd *cobra.Command, old, policy policyfile.Policy) {
	for _, text := range report.SourceChanges(old.Policy, policy.Policy) {
		note(cmd, text)
	}
}

func testCommand(g *globals) *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:  "test [FILE | DIRECTORY]",
		RunE: func(cmd *cobra.Command, args []string) error { return g.test(cmd, g.policyPath(args...), run) },
	}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print the results as JSON")
	cmd.Flags().StringVar(&run, "run", "", "only the scenarios whose name matches this `regexp`")
	return cmd
}

// test judges the scenarios beside the policy whose names match.
func (g *globals) test(cmd *cobra.Command, path, match string) error {
	chosen, err := regexp.Compile(match)
	if err != nil {
		return fmt.Errorf("--run: %w", err)
	}
	policy, err := readPolicy(cmd, path)
	if err != nil {
		return err
	}
	noteSiblings(cmd, path, policy.Config.Package)
	scenarios, err := policyfile.Scenarios(cmd.Context(), path, policy.Config)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (hint: it holds what you expect of %s; fridaycounter init DIRECTORY writes one to begin with)", err, path)
	}
	if err != nil {
		return err
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
		return fmt.Errorf("--run %q matches none of the scenarios: %s", match, strings.Join(others, ", "))
	}
	if err := g.answer(cmd, result, result.Text(host.IsTerminal(cmd.OutOrStdout()))); err != nil || result.Failed == 0 {
		return err
	}
	return exitWith{exitError, nil}
}

func diffCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "diff OLD.cue NEW.cue", RunE: g.diff}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print the changes as JSON")
	cmd.Flags().StringVar(&g.at, "at", "", "compare as of this `time`, not now "+query.InstantUsage)
	return cmd
}

// diff compares two files over what is known of the new one's source.
func (g *globals) diff(cmd *cobra.Command, args []string) error {
	if args[0] == "-" && args[1] == "-" {
		return fmt.Errorf("only one of the files can be standard input")
	}
	old, err := readPolicy(cmd, args[0])
	if err != nil {
		return err
	}
	policy, err := readPolicy(cmd, args[1])
	if err != nil {
		return err
	}
	c, err := g.judge(cmd, policy, false)
	if err := cmp.Or(err, c.Failure); err != nil {
		return err
	}
	noteSourceChanges(cmd, old, policy)
	before := c.Environments // of another server nothing can be compared but the rules
	if slices.Equal(old.Keys(), policy.Keys()) {
		before = old.Environments(c.Known)
	}
	d := report.NewDiff(old.Policy, policy.Policy, old.Judge(before, c.At), c.Verdict(), c.Environments)
	return g.answer(cmd, d, d.Text())
}
