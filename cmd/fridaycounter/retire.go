package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
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
			return g.retire(cmd, args[0])
		},
	}
}

func (g *globals) retire(cmd *cobra.Command, id string) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	return state.Write(cmd.Context(), g.historyPath(), func(file *history.Store) error {
		all, err := state.Load(cmd.Context(), file, policy.Keys())
		if err != nil {
			return err
		}
		var found []source.Known
		for _, known := range all {
			if known.Environment(id) != nil {
				found = append(found, known)
			} else if name, rest, ok := strings.Cut(id, "/"); ok && name == known.Name && known.Environment(rest) != nil {
				found, id = []source.Known{known}, rest
				break
			}
		}
		switch {
		case len(found) == 0:
			return fmt.Errorf("no environment has the id %q (hint: fridaycounter explain prints the line for each that is gone)", id)
		case len(found) > 1:
			return fmt.Errorf("environments of %d sources have the id %q: want SOURCE/ID", len(found), id)
		}
		known, changes, err := facts.Retire(found[0], id, clock())
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
}
