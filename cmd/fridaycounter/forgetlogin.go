package main

import (
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
)

func forgetLoginCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "forget-login",
		Short: "Let the login that the server refused be tried again",
		Long: `Let the login that the server refused be tried again: after an administrator unlocked
the account, say. Without it a refused login is not sent again until it changes, also
not after a restart, since Bamboo locks accounts after three failures. Stop run first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return state.Write(cmd.Context(), g.historyPath(), func(file *history.Store) error {
				return file.SaveLockouts(cmd.Context(), nil)
			})
		},
	}
}
