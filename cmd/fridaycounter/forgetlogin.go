package main

import (
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
)

func forgetLoginCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "forget-login",
		Short: "Send a login again that the server refused",
		Long: `Send a refused login again at the next poll: after an administrator unlocked the
account, say. Without this command a refused login is not sent before it changes, not
even after a restart, since Bamboo locks accounts after three failures.

Stop run first: one process at a time may write.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return state.Write(cmd.Context(), g.historyPath(), func(file *history.Store) error {
				return file.SaveLockouts(cmd.Context(), nil)
			})
		},
	}
}
