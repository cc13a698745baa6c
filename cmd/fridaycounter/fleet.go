package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/fleet"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

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
	open := sources.Opener{Dir: filepath.Dir(g.policyPath()), Getenv: g.getenv, ServiceCredential: host.FindUnit(host.Files{FS: os.DirFS("/")}, state.Team(g.policyPath())).Credential}
	all, err := fleet.Ask(cmd.Context(), policy.Policy, fleet.Options{Open: &open, Clock: clock, Host: fleet.Self()})
	if err != nil {
		return err
	}
	if err := g.answer(cmd, all, all.Text()); err != nil {
		return err
	}
	if len(all.Walls) == 0 {
		note(cmd, "no wall has connected yet")
	}
	return all.Err()
}
