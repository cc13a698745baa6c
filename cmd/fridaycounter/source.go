package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/judge"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/schema"
)

func sourceCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "source"}
	cmd.AddCommand(tryCommand(g), &cobra.Command{Use: "presets [NAME]", RunE: presets})
	return cmd
}

func tryCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "try [NAME]", RunE: g.try}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print an array of records")
	return cmd
}

func (g *globals) try(cmd *cobra.Command, args []string) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	name, err := sources.Choose(policy.Config, strings.Join(args, ""))
	if err != nil {
		return err
	}
	records, err := judge.Try(cmd.Context(), g.judgeOptions(cmd, policy), name)
	table, list := report.Records(records, policy.Zone)
	if printed := g.answer(cmd, list, table); printed != nil {
		return printed
	}
	if err != nil && len(records) > 0 {
		return exitWith{exitStale, err}
	}
	return err
}

func presets(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), strings.Join(schema.Presets(), "\n"))
		return err
	}
	text, err := schema.Preset(args[0])
	if err != nil {
		return err
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}
