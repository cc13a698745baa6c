package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
)

// listFlags say what history lists.
type listFlags struct {
	query.Filter
	json   bool
	format string
	limit  int // deployments; 0: all
}

// tableLimit is how many deployments a table on a terminal lists, unless --limit says more.
const tableLimit = 50

func (p *program) historyListCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the deployments that are kept, the newest first",
		Long: `List the deployments that run has kept of the policy's source, the newest first,
and which rules they break. It reads the history beside run, and asks nobody.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.limit < 0 {
				return fmt.Errorf("--limit %d: want 0 or more", f.limit)
			}
			if !cmd.Flags().Changed("limit") && f.format == "table" && !f.json && isTerminal(p.stdout) {
				f.limit = tableLimit
			}
			return p.listHistory(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.From, "from", "", "only what reaches this `time` "+query.InstantUsage)
	flags.StringVar(&f.Until, "until", "", "only what began before this `time`")
	flags.StringVar(&f.Environment, "environment", "", "only this environment, by `name`, id or /regexp/")
	flags.StringVar(&f.Project, "project", "", "only this deployment project, by `name`, id or /regexp/")
	flags.BoolVar(&f.Breaches, "breaches", false, "only what breaks a rule")
	flags.StringVar(&f.Rule, "rule", "", "only what breaks the rule of this `name`")
	flags.StringVar(&f.At, "at", "", "as of this `time`, not now: every date after it is absent")
	flags.BoolVar(&f.json, "json", false, "as --format json")
	flags.IntVar(&f.limit, "limit", 0, "at most this `number`, the newest; 0 is all (default 50 for a table on a terminal)")
	flags.StringVar(&f.format, "format", "table", "`table`, json or csv")
	offer(cmd, "format", "table", "json", "csv")
	p.offerNames(cmd, "rule", ruleNames)
	p.offerNames(cmd, "environment", environmentNames)
	p.offerNames(cmd, "project", projectNames)
	return cmd
}

func (p *program) listHistory(ctx context.Context, f listFlags) error {
	policy, err := p.policy(ctx, p.configPath())
	if err != nil {
		return err
	}
	if f.json {
		f.format = "json"
	}
	if !slices.Contains([]string{"table", "json", "csv"}, f.format) {
		return fmt.Errorf("--format %q: want table, json or csv", f.format)
	}
	known, err := p.listed(ctx, policy.Policy)
	if err != nil {
		return err
	}
	s, err := query.NewSelection(f.Filter, policy.Policy, known, clock())
	if err != nil {
		return err
	}
	list, next := s.Page(known, query.Place{}, f.limit)
	if err := report.WriteListing(p.stdout, f.format, list); err != nil || next == (query.Place{}) || f.format != "table" {
		return err
	}
	_, err = fmt.Fprintf(p.stderr, "the newest %d; --limit 0 lists all\n", f.limit)
	return err
}

// listed returns what is stored of a policy's sources, and refuses to list nothing.
func (p *program) listed(ctx context.Context, policy *engine.Policy) (known []source.Known, err error) {
	err = p.readHistory(ctx, func(file *history.Store) error {
		keys, err := file.Sources(ctx)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return fmt.Errorf("nothing is kept yet in %s", file.Path())
		}
		for _, key := range policy.Keys() {
			if !slices.Contains(keys, key) {
				return fmt.Errorf("nothing is kept of %s %s: there is %s (hint: if that is the same: fridaycounter history rename-source %q %q)",
					key.Name, key.Address, keyList(keys), keys[len(keys)-1].Name+" "+keys[len(keys)-1].Address, key.Name+" "+key.Address)
			}
		}
		known, err = load(ctx, file, policy)
		return err
	})
	return known, err
}

func keyList(keys []source.Key) string {
	var said []string
	for _, k := range keys {
		said = append(said, k.Name+" "+k.Address)
	}
	return strings.Join(said, ", ")
}
