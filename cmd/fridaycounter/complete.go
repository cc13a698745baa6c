package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/engine"
)

// completeTime is how long somebody waits who presses the tab key.
const completeTime = time.Second

// offer completes a flag with words that are known beforehand.
func offer(cmd *cobra.Command, flag string, words ...string) {
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
}

// offerNames completes a flag with names of the policy, if that is good.
func (g *globals) offerNames(cmd *cobra.Command, flag string, names func(*engine.Policy) []string) {
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completeTime)
		defer cancel()
		policy, err := policyfile.Read(ctx, g.policyPath(), cmd.InOrStdin())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp // vet says what is wrong
		}
		return names(policy.Policy), cobra.ShellCompDirectiveNoFileComp
	}))
}

func ruleNames(p *engine.Policy) (names []string) {
	for _, c := range p.Rules {
		names = append(names, c.Rule().Name)
	}
	return names
}

// environmentNames are those that the policy has as they are, not as a /regexp/.
func environmentNames(p *engine.Policy) []string {
	_, environments := p.Names()
	return environments
}

func projectNames(p *engine.Policy) []string {
	projects, _ := p.Names()
	return projects
}
