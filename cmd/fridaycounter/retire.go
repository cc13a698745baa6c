package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

func retireCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "retire ID",
		Short: "Say that an environment which the source no longer lists is gone for good",
		Long: `Say that an environment which the source no longer lists is gone for good, so that it
no longer makes the number stale. ID is its id at the source, or SOURCE/ID. Nothing is
deleted: its deployments still count. If the source lists it again, retire has no effect.

Stop run first: one process at a time may write.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := readPolicy(cmd, g.policyPath())
			if err != nil {
				return err
			}
			return state.Write(cmd.Context(), g.historyPath(), func(file *history.Store) error {
				all, err := state.Load(cmd.Context(), file, policy.Keys())
				if err != nil {
					return err
				}
				known, id, err := query.FindEnvironment(all, args[0])
				if err != nil {
					return err
				}
				known, changes, err := facts.Retire(known, id, clock())
				if err != nil {
					return err
				}
				if err := file.Save(cmd.Context(), &known, changes); err != nil {
					return err
				}
				e := known.Environment(id)
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s (id %s) is retired; its deployments still count\n", e.Name, e.Project, e.ID)
				return err
			})
		},
	}
}
