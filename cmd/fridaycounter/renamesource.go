package main

import (
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
)

func renameSourceCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "rename-source OLD NEW",
		Short: "Say that a source has another name or address now",
		Long: `Say that a source has another name or address now, so that what is known of it still
counts. OLD and NEW are a name, a blank and an address, as "fridaycounter history check"
lists them:

  fridaycounter history rename-source "bamboo old.example.com" "bamboo ci.example.com/bamboo"

Stop run first: one process at a time may write.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := query.ParseKey(args[0])
			if err != nil {
				return err
			}
			to, err := query.ParseKey(args[1])
			if err != nil {
				return err
			}
			return state.Write(cmd.Context(), g.historyPath(), func(file *history.Store) error {
				return file.RenameSource(cmd.Context(), from, to)
			})
		},
	}
}
