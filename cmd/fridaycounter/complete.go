package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// completeTime is how long somebody waits who presses the tab key.
const completeTime = time.Second

// offer completes a flag with words that are known beforehand.
func offer(cmd *cobra.Command, flag string, words ...string) {
	must(cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)))
}

// offerNames completes a flag with names of the policy, if that is good.
func (p *program) offerNames(cmd *cobra.Command, flag string, names func(*schema.Config) []string) {
	must(cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completeTime)
		defer cancel()
		config, err := p.evaluate(ctx, p.configPath())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp // vet says what is wrong
		}
		return names(config), cobra.ShellCompDirectiveNoFileComp
	}))
}

// must holds a flag to be there, which it is.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func ruleNames(c *schema.Config) (names []string) {
	for _, r := range c.Rules {
		names = append(names, r.Name)
	}
	return names
}

// environmentNames are those that the policy has as they are, not as a /regexp/.
func environmentNames(c *schema.Config) []string {
	_, environments := policyPatterns(c)
	return exact(environments)
}

func projectNames(c *schema.Config) []string {
	projects, _ := policyPatterns(c)
	return exact(projects)
}

func exact(patterns []rules.Pattern) (names []string) {
	for _, p := range patterns {
		if name := p.String(); !strings.HasPrefix(name, "/") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
