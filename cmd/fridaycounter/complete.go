package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/rules"
)

// completeTime is how long somebody waits who presses the tab key.
const completeTime = time.Second

// offerFormat gives a command that has --json the flag --format, with the default first, and refuses
// others.
func (g *globals) offerFormat(cmd *cobra.Command, formats ...string) {
	last := len(formats) - 1
	others := strings.Join(formats[1:last], ", ") + " or " + formats[last]
	cmd.Flags().StringVar(&g.format, "format", formats[0], fmt.Sprintf("`%s`, %s", formats[0], others))
	complete := cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("format", complete))
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case !slices.Contains(formats, g.format):
			return fmt.Errorf("--format %q: want %s, %s", g.format, formats[0], others)
		case g.asJSON && g.format != "json" && cmd.Flags().Changed("format"):
			return fmt.Errorf("--json and --format %s: give one of them", g.format)
		case g.asJSON:
			g.format = "json"
		}
		g.asJSON = g.format == "json"
		return nil
	}
}

// offerNames completes flags with the names that the policy has for them, if that is good: projects
// and environments that it has as they are, not as a /regexp/.
func (g *globals) offerNames(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completeTime)
			defer cancel()
			policy, err := policyfile.Read(ctx, g.policyPath(), cmd.InOrStdin())
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp // vet says what is wrong
			}
			projects, environments := policy.Patterns()
			var ruleNames []string
			for _, c := range policy.Rules {
				ruleNames = append(ruleNames, c.Rule().Name)
			}
			names := map[string][]string{"rule": ruleNames, "source": policy.Config.SourceNames(), "project": exact(projects), "environment": exact(environments)}
			return names[flag], cobra.ShellCompDirectiveNoFileComp
		}))
	}
}

// exact returns the names that are given as they are, not as a /regexp/.
func exact(patterns []rules.Pattern) (names []string) {
	for _, p := range patterns {
		if name := p.String(); !strings.HasPrefix(name, "/") {
			names = append(names, name)
		}
	}
	return names
}
