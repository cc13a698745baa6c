package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// listFlags say what history lists.
type listFlags struct {
	from, until, environment, project, rule string
	breaches                                bool
	format                                  string
}

func (p *program) historyListCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the deployments that are kept, the newest first",
		Long: `List the deployments that run has kept of the policy's source, the newest first,
and which rules they break. It reads the history beside run, and asks nobody.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.listHistory(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "only what reaches this `time` "+atUsage)
	flags.StringVar(&f.until, "until", "", "only what began before this `time`")
	flags.StringVar(&f.environment, "environment", "", "only this environment, by `name`, id or /regexp/")
	flags.StringVar(&f.project, "project", "", "only this deployment project, by `name`, id or /regexp/")
	flags.BoolVar(&f.breaches, "breaches", false, "only what breaks a rule")
	flags.StringVar(&f.rule, "rule", "", "only what breaks the rule of this `name`")
	flags.StringVar(&f.format, "format", "table", "`table`, json or csv")
	return cmd
}

// listHistory lists what the flags select.
func (p *program) listHistory(ctx context.Context, f listFlags) error {
	court, config, err := p.court(ctx, p.configPath())
	if err != nil {
		return err
	}
	out, err := newListing(f.format, p.stdout)
	if err != nil {
		return err
	}
	return p.readHistory(ctx, func(file *history.Store) error {
		source := engine.SourceKey(config, filepath.Dir(p.configPath()))
		if err := knownSource(ctx, file, source); err != nil {
			return err
		}
		s, err := newSelection(ctx, f, court, file, source)
		if err != nil {
			return err
		}
		if err := s.write(ctx, file, source, out); err != nil {
			return err
		}
		return out.end()
	})
}

// listPage is how many deployments are read at once. While they are written, to a
// pager that waits for a key, say, run can write to the history.
const listPage = 1000

// write lists page by page.
func (s *selection) write(ctx context.Context, file *history.Store, source string, out listing) error {
	var after history.Cursor
	for now := clock(); ; {
		page, next, err := file.Page(ctx, source, s.filter, after, listPage)
		if err != nil {
			return err
		}
		for i := range page {
			one, ok := s.list(&page[i], now)
			if !ok {
				continue
			}
			if err := out.add(one); err != nil {
				return err
			}
		}
		if next.IsZero() {
			return nil
		}
		after = next
	}
}

// knownSource refuses a source of which nothing is kept.
func knownSource(ctx context.Context, file *history.Store, source string) error {
	known, err := file.Sources(ctx)
	if err != nil || slices.Contains(known, source) {
		return err
	}
	if len(known) == 0 {
		return fmt.Errorf("nothing is kept yet in %s", file.Path())
	}
	return fmt.Errorf("nothing is kept of %s: there is %s", source, strings.Join(known, ", "))
}

// A selection is what the flags select, under a policy.
type selection struct {
	filter history.Filter
	court  *engine.Court
	rule   string
	only   bool // breaches
}

func newSelection(ctx context.Context, f listFlags, court *engine.Court, file *history.Store, source string) (s selection, err error) {
	s = selection{court: court, rule: f.rule, only: f.breaches || f.rule != ""}
	if f.rule != "" {
		if err := knownRule(court, f.rule); err != nil {
			return s, err
		}
	}
	for _, bound := range []struct {
		flag, text string
		to         *time.Time
	}{{"--from", f.from, &s.filter.From}, {"--until", f.until, &s.filter.Until}} {
		if bound.text == "" {
			continue
		}
		if *bound.to, err = parseInstant(bound.flag, bound.text, court.Zone()); err != nil {
			return s, err
		}
	}
	s.filter.Environment, err = places(ctx, f, file, source)
	return s, err
}

// knownRule refuses the name of a rule that is not there.
func knownRule(court *engine.Court, name string) error {
	var known []string
	for _, r := range court.Rules() {
		if r.Name == name {
			return nil
		}
		known = append(known, fmt.Sprintf("%q", r.Name))
	}
	return fmt.Errorf("there is no rule %q: there is %s", name, strings.Join(known, ", "))
}

// places returns what selects by --environment and --project. Patterns that match
// nothing that is kept are refused.
func places(ctx context.Context, f listFlags, file *history.Store, source string) (func(projectID, project, environmentID, environment string) bool, error) {
	matches := map[string]func(id, name string) bool{}
	for flag, text := range map[string]string{"--environment": f.environment, "--project": f.project} {
		matches[flag] = func(string, string) bool { return true }
		if text == "" {
			continue
		}
		pattern, err := rules.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		matches[flag] = pattern.MatchAny
	}
	selects := func(projectID, project, environmentID, environment string) bool {
		return matches["--project"](projectID, project) && matches["--environment"](environmentID, environment)
	}
	if f.environment == "" && f.project == "" {
		return selects, nil
	}
	known, err := file.Environments(ctx, source)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range known {
		if selects(e.ProjectID, e.Project, e.ID, e.Name) {
			return selects, nil
		}
		names = append(names, fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID))
	}
	if len(names) == 0 {
		names = []string{"nothing yet"}
	}
	var given []string
	for _, flag := range []struct{ name, text string }{{"--project", f.project}, {"--environment", f.environment}} {
		if flag.text != "" {
			given = append(given, fmt.Sprintf("%s %q", flag.name, flag.text))
		}
	}
	return nil, fmt.Errorf("nothing that is kept matches %s: there is %s", strings.Join(given, " and "), strings.Join(names, ", "))
}

// list returns a deployment as it is listed; ok is false if it is not selected.
func (s *selection) list(d *rules.Deployment, now time.Time) (deploymentAnswer, bool) {
	zone := s.court.Zone()
	one := deploymentAnswer{
		ID: d.ID, ProjectID: d.ProjectID, Project: d.Project, EnvironmentID: d.EnvironmentID, Environment: d.Environment,
		Version: d.Version, URL: d.URL, Breaks: []broken{},
		Started: present(d.Started, zone), Executed: present(d.Executed, zone), Finished: present(d.Finished, zone),
	}
	if d.Ran() {
		one.Outcome = outcome(d)
	}
	for _, b := range s.court.Breaks(d, now) {
		if s.rule == "" || b.Rule == s.rule {
			one.Breaks = append(one.Breaks, broken{b.Rule, b.At.In(zone)})
		}
	}
	return one, !s.only || len(one.Breaks) > 0
}
