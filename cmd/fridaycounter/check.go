package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
)

func checkCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the whole history, and say what is in it",
		Long: `Check the whole history, and say what is in it. It changes nothing, and run may go on
meanwhile. A damaged history is an error with its path and what to do.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return state.Read(cmd.Context(), g.historyPath(), func(file *history.Store) error { return checkHistory(cmd, file) })
		},
	}
}

func checkHistory(cmd *cobra.Command, file *history.Store) error {
	if err := file.Check(cmd.Context()); err != nil {
		return err
	}
	keys, err := file.Sources(cmd.Context())
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "ok: %s is sound\n", file.Path())
	for _, key := range keys {
		known, err := file.Load(cmd.Context(), key)
		if err != nil {
			return err
		}
		polled := "was never read completely"
		if !known.Good.IsZero() {
			polled = "last read completely on " + known.Good.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "  %s %s: %s, %s\n", key.Name, key.Address, report.Plural(known.Size(), "deployment"), polled)
	}
	return nil
}
