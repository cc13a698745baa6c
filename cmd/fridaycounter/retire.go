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
		Short: "Say that an environment which the source lists no more is gone for good",
		Long: `Say that an environment which the source lists no more is gone for good, so that it is
not stale any more. ID is its id at the source, or SOURCE/ID. Nothing is forgotten: what is
known of it counts on. When the source lists it again, it is as if nothing was said.

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
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s (id %s) is retired; its deployments count on\n", e.Name, e.Project, e.ID)
				return err
			})
		},
	}
}
