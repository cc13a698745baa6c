package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
)

// tableLimit is how many deployments a table on a terminal lists, unless --limit says more.
const tableLimit = 50

func historyCommand(g *globals) *cobra.Command {
	f := query.Filter{Flag: "--", Links: true}
	cmd := &cobra.Command{
		Use: "history",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.Limit < 0 {
				return fmt.Errorf("--limit %d: want 0 or more", f.Limit)
			}
			if !cmd.Flags().Changed("limit") && g.format == "table" && host.IsTerminal(cmd.OutOrStdout()) {
				f.Limit = tableLimit
			}
			return g.list(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.From, "from", "", "only what reaches this `time` "+query.InstantUsage)
	flags.StringVar(&f.Until, "until", "", "only what began before this `time`")
	flags.StringVar(&f.Source, "source", "", "only this source, by `name`")
	flags.StringVar(&f.Environment, "environment", "", "only this environment, by `name`, id or /regexp/")
	flags.StringVar(&f.Project, "project", "", "only this deployment project, by `name`, id or /regexp/")
	flags.BoolVar(&f.Breaches, "breaches", false, "only what breaks a rule")
	flags.StringVar(&f.Rule, "rule", "", "only what breaks the rule of this `name`")
	flags.StringVar(&f.At, "at", "", "as of this `time`, not now: every date after it is absent")
	flags.BoolVar(&g.asJSON, "json", false, "as --format json")
	flags.IntVar(&f.Limit, "limit", 0, "at most this `number`, the newest; 0 is all (default 50 for a table on a terminal)")
	g.offerFormat(cmd, "table", "json", "csv")
	g.offerNames(cmd, "rule", "source", "environment", "project")
	cmd.AddCommand(maintenance(g)...)
	return cmd
}

// list prints the deployments that a filter selects.
func (g *globals) list(cmd *cobra.Command, f query.Filter) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	known, err := g.known(cmd, policy.Policy)
	if err != nil {
		return err
	}
	list, end, err := f.List(policy.Policy, known, clock())
	if err != nil {
		return err
	}
	if g.format != "table" {
		return report.WriteListing(cmd.OutOrStdout(), g.format, list)
	}
	if err := g.pageTable(cmd, list); err != nil || end == "" {
		return err
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "the newest %d; --limit 0 lists all\n", f.Limit)
	return err
}

// pageTable prints deployments as a table. The dates of those that break a rule are red.
func (g *globals) pageTable(cmd *cobra.Command, list []report.Listed) error {
	var table strings.Builder
	if err := report.WriteListing(&table, "table", list); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	lines := strings.SplitAfter(host.Paint(out, g.getenv, table.String()), "\n")
	for i, d := range list {
		if began, rest, _ := strings.Cut(lines[i+1], "  "); len(d.Breaks) > 0 && host.Colored(out, g.getenv) {
			lines[i+1] = host.Red.Mark(began) + "  " + rest
		}
	}
	return host.Page(out, g.getenv, strings.Join(lines, ""))
}

// known returns what the history has of a policy's sources, and refuses to return nothing.
func (g *globals) known(cmd *cobra.Command, policy *engine.Policy) (known []source.Known, err error) {
	err = state.Read(cmd.Context(), g.historyPath(), func(file *history.Store) error {
		keys, err := file.Sources(cmd.Context())
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("nothing is stored yet in %s", file.Path())
		}
		var names []string
		for _, key := range append(keys, policy.Keys()...) {
			names = append(names, key.Name+" "+key.Address)
		}
		there, wanted := names[:len(keys)], names[len(keys):]
		for _, name := range wanted {
			if !slices.Contains(there, name) {
				return fmt.Errorf("nothing is stored of %s: there is %s (hint: if that is the same: fridaycounter history rename-source %q %q)",
					name, strings.Join(there, ", "), there[len(there)-1], name)
			}
		}
		known, err = state.Load(cmd.Context(), file, policy.Keys())
		return err
	})
	return known, err
}
