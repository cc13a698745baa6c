package main

import (
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
)

func demoCommand(g *globals) *cobra.Command {
	var serve string
	cmd := &cobra.Command{
		Use:  "demo",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if serve != "" {
				return demo.Serve(cmd.Context(), serve, cmd.ErrOrStderr())
			}
			return demo.Run(cmd.Context(), demo.Options{
				Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(), Terminal: host.IsTerminal(cmd.OutOrStdout()), Getenv: g.getenv,
			})
		},
	}
	cmd.Flags().StringVar(&serve, "serve", "", "serve only the Bamboo on this `address`, like 127.0.0.1:8085")
	return cmd
}
