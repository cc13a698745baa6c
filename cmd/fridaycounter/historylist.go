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
	from, until, at, environment, project, rule string
	breaches, json                              bool
	format                                      string
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
	flags.StringVar(&f.at, "at", "", "as of this `time`, not now: every date after it is absent")
	flags.BoolVar(&f.json, "json", false, "as --format json")
	flags.StringVar(&f.format, "format", "table", "`table`, json or csv")
	offer(cmd, "format", "table", "json", "csv")
	p.offerNames(cmd, "rule", ruleNames)
	p.offerNames(cmd, "environment", environmentNames)
	p.offerNames(cmd, "project", projectNames)
	return cmd
}

// listHistory lists what the flags select.
func (p *program) listHistory(ctx context.Context, f listFlags) error {
	court, config, err := p.court(ctx, p.configPath())
	if err != nil {
		return err
	}
	if f.json {
		f.format = "json"
	}
	out, err := newListing(f.format, p.stdout)
	if err != nil {
		return err
	}
	dir := filepath.Dir(p.configPath())
	return p.readHistory(ctx, func(file *history.Store) error {
		source := engine.SourceKey(config, dir)
		if err := knownSource(ctx, file, source); err != nil {
			return err
		}
		s, err := newSelection(ctx, f, court, file, source)
		if err != nil {
			return err
		}
		s.judged = func(e rules.Environment) bool { return engine.Reads(config, dir, e) }
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
	for {
		page, next, err := file.Page(ctx, source, s.filter, after, listPage)
		if err != nil {
			return err
		}
		for i := range page {
			one, ok := s.list(&page[i])
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
	places map[string]rules.Environment // by id, as they are called now
	judged func(rules.Environment) bool // by the policy
	as     time.Time
	rule   string
	only   bool // breaches
}

func newSelection(ctx context.Context, f listFlags, court *engine.Court, file *history.Store, source string) (s selection, err error) {
	s = selection{court: court, rule: f.rule, only: f.breaches || f.rule != ""}
	if s.as, err = instant(f.at, court.Zone(), clock()); err != nil {
		return s, err
	}
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
	if !s.filter.Until.IsZero() && !s.filter.Until.After(s.filter.From) {
		return s, fmt.Errorf("--until %s is not after --from %s", f.until, f.from)
	}
	known, err := file.Environments(ctx, source)
	if err != nil {
		return s, err
	}
	s.places = map[string]rules.Environment{}
	for _, e := range known {
		s.places[e.ID] = e.Environment
	}
	selects, err := selecting(f, known)
	s.filter.Environment = func(projectID, project, id, name string) bool {
		e, ok := s.places[id]
		if !ok {
			e = rules.Environment{ID: id, Name: name, ProjectID: projectID, Project: project}
		}
		return selects(e)
	}
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

// selecting returns what selects by --environment and --project. Patterns that match
// nothing that is kept are refused.
func selecting(f listFlags, known []history.Environment) (func(rules.Environment) bool, error) {
	var given []string
	matches := [2]func(id, name string) bool{}
	for i, flag := range []struct{ name, text string }{{"--project", f.project}, {"--environment", f.environment}} {
		matches[i] = func(string, string) bool { return true }
		if flag.text == "" {
			continue
		}
		pattern, err := rules.ParsePattern(flag.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag.name, err)
		}
		matches[i] = pattern.MatchAny
		given = append(given, fmt.Sprintf("%s %q", flag.name, flag.text))
	}
	selects := func(e rules.Environment) bool {
		return matches[0](e.ProjectID, e.Project) && matches[1](e.ID, e.Name)
	}
	if len(given) == 0 || slices.ContainsFunc(known, func(e history.Environment) bool { return selects(e.Environment) }) {
		return selects, nil
	}
	names := []string{}
	for _, e := range known {
		names = append(names, fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID))
	}
	if len(names) == 0 {
		names = []string{"nothing yet"}
	}
	return nil, fmt.Errorf("nothing that is kept matches %s: there is %s", strings.Join(given, " and "), strings.Join(names, ", "))
}

// list returns a deployment as it is listed; ok is false if it is not selected.
func (s *selection) list(d *rules.Deployment) (deploymentAnswer, bool) {
	zone := s.court.Zone()
	was, there := d.AsOf(s.as)
	if !there {
		return deploymentAnswer{}, false
	}
	d = &was
	e, ok := s.places[d.EnvironmentID]
	if ok {
		d.ProjectID, d.Project, d.Environment = e.ProjectID, e.Project, e.Name
	}
	one := deploymentAnswer{
		ID: d.ID, ProjectID: d.ProjectID, Project: d.Project, EnvironmentID: d.EnvironmentID, Environment: d.Environment,
		Version: d.Version, URL: d.URL, Breaks: []broken{},
		Started: present(d.Started, zone), Executed: present(d.Executed, zone), Finished: present(d.Finished, zone),
	}
	if d.Ran() {
		one.Outcome = outcome(d)
	}
	for _, b := range s.court.Breaks(d, s.as) {
		if !ok || !s.judged(e) {
			break // the policy does not read it
		}
		if s.rule == "" || b.Rule == s.rule {
			one.Breaks = append(one.Breaks, broken{b.Rule, b.At.In(zone)})
		}
	}
	return one, !s.only || len(one.Breaks) > 0
}
