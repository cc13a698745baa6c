package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/fleet"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/judge"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
)

func onceCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "once", RunE: g.once}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print all of the answer as JSON")
	cmd.Flags().StringVar(&g.at, "at", "", "judge as of this `time`, not now "+query.InstantUsage)
	return cmd
}

func (g *globals) once(cmd *cobra.Command, _ []string) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	c, err := g.judge(cmd, policy, true)
	if err != nil {
		return err
	}
	verdict := c.Verdict()
	v := report.NewVerdict(verdict, c.Stale, true)
	if err := g.answer(cmd, v, report.Sentence(verdict.Lead)+"\n"); err != nil {
		return err
	}
	if c.Failure != nil || len(c.Stale) > 0 || verdict.Lead.InForce && !verdict.Lead.Known {
		return exitWith{exitStale, cmp.Or(c.Failure, v.StaleError(), errNotKnown)}
	}
	return nil
}

var errNotKnown = errors.New("the number is not known (hint: fridaycounter explain says what is missing)")

func explainCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "explain", RunE: g.explain}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print the explanation as JSON")
	cmd.Flags().StringVar(&g.at, "at", "", "explain as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&g.rule, "rule", "", "explain the rule of this `name` (default the one that leads)")
	g.offerNames(cmd, "rule")
	return cmd
}

func (g *globals) explain(cmd *cobra.Command, _ []string) error {
	c, err := g.judgeInForce(cmd)
	if err != nil {
		return err
	}
	i, err := query.RuleIndex(c.Policy.Policy, cmp.Or(g.rule, c.Verdict().Lead.Rule))
	if err != nil {
		return err
	}
	zone, compiled := c.Policy.Zone, c.Policy.Rules[i]
	why := compiled.Explain(c.Environments, c.At)
	e := report.Explanation{
		Explanation: why, Rule: compiled.Rule(), At: c.At.In(zone), Environments: c.Environments, Because: c.Stale[why.Streak.Rule],
		HistoryFrom: c.Policy.Config.History.Begin(zone, clock()), Detail: true,
	}
	if c.Stored {
		e.Known, e.Stored = c.Known, true
	}
	return g.page(cmd, e.JSON(), e.Text())
}

func streaksCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "streaks", RunE: g.streaks}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print the streaks as JSON, as --format json")
	cmd.Flags().StringVar(&g.at, "at", "", "list as of this `time`, not now "+query.InstantUsage)
	cmd.Flags().StringVar(&g.rule, "rule", "", "only the rule of this `name` (default all; of a picture the one that leads)")
	g.offerFormat(cmd, "table", "json", "svg", "png")
	g.offerNames(cmd, "rule")
	return cmd
}

func (g *globals) streaks(cmd *cobra.Command, _ []string) error {
	if g.format == "png" && host.IsTerminal(cmd.OutOrStdout()) {
		return fmt.Errorf("--format png writes an image: redirect it to a file, as in fridaycounter streaks --format png > streaks.png")
	}
	c, err := g.judgeInForce(cmd)
	if err != nil {
		return err
	}
	verdict := c.Verdict()
	i, err := query.RuleIndex(c.Policy.Policy, cmp.Or(g.rule, verdict.Lead.Rule))
	if err != nil {
		return err
	}
	if g.format == "svg" || g.format == "png" {
		image, err := drawStreaks(&c, i, g.format)
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(image)
		return err
	}
	histories := verdict.Histories
	if g.rule != "" {
		histories = histories[i : i+1]
	}
	streaks := report.NewStreaks(histories, verdict.At)
	return g.page(cmd, streaks, streaks.Text())
}

// stripYears is how many calendar years a picture shows at most: the latest.
const stripYears = 10

// drawStreaks draws the years of a rule as an image.
func drawStreaks(c *judge.Case, rule int, format string) ([]byte, error) {
	compiled, verdict, zone := c.Policy.Rules[rule], c.Verdict(), c.Policy.Zone
	history := verdict.Histories[rule]
	if !history.Known {
		return nil, fmt.Errorf("the number of rule %s is not known, so there is nothing to draw", history.Rule)
	}
	last := c.At.In(zone).Year()
	strip := picture.Strip{
		Rule: history.Rule, Zone: zone, Sentence: report.Sentence(verdict.Streaks[rule]) + ".",
		First: max(history.From.In(zone).Year(), last-stripYears+1), Last: last,
	}
	from, to := strip.Range()
	strip.Occurrences = compiled.Occurrences(c.Environments, compiled.Breaches(c.Environments, c.At), from, to, c.At)
	if format == "png" {
		return strip.PNG()
	}
	return strip.SVG()
}

func fleetCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "fleet", RunE: g.fleet}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print the counter and its walls as JSON")
	return cmd
}

func (g *globals) fleet(cmd *cobra.Command, _ []string) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	all, err := fleet.Ask(cmd.Context(), policy.Policy, fleet.CommandOptions(g.policyPath(), g.getenv, clock))
	if err != nil {
		return err
	}
	return cmp.Or(g.answer(cmd, all, all.Text()), all.Err())
}
