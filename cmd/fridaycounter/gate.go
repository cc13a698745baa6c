package main

import (
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/judge"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/engine"
)

func gateCommand(g *globals) *cobra.Command {
	var place engine.Place
	cmd := &cobra.Command{
		Use: "gate",
		RunE: func(cmd *cobra.Command, _ []string) error {
			gate, err := g.gate(cmd, place)
			if err != nil {
				return exitWith{exitCannotTell, err}
			}
			if err := g.answer(cmd, report.NewGate(gate), report.GateSentence(gate)+"\n"); err != nil || gate.Allowed {
				return err
			}
			return exitWith{exitForbidden, nil}
		},
	}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print the answer as JSON")
	cmd.Flags().StringVar(&g.at, "at", "", "ask for this `time`, not now "+query.InstantUsage+"; it may lie in the future")
	cmd.Flags().StringVar(&place.Source, "source", "", "source, by `name` (default any)")
	cmd.Flags().StringVar(&place.Project, "project", "", "deployment project, by `name` or id as the policy has it (default any)")
	cmd.Flags().StringVar(&place.Environment, "environment", "", "environment, by `name` or id as the policy has it (default any)")
	g.offerNames(cmd, "source", "project", "environment")
	return cmd
}

func (g *globals) gate(cmd *cobra.Command, place engine.Place) (engine.Gate, error) {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return engine.Gate{}, err
	}
	now := clock()
	if g.at != "" {
		now, err = query.ParseInstant("--at", g.at, policy.Zone)
	} else {
		err = host.CheckClock(now, build.Time())
	}
	if err != nil {
		return engine.Gate{}, err
	}
	known, _, err := judge.Stored(cmd.Context(), g.historyPath(), policy.Policy)
	if err == nil && g.at == "" {
		err = engine.CheckClock(known, now)
	}
	if err != nil {
		return engine.Gate{}, err
	}
	return policy.Gate(policy.Environments(known), place, now)
}
