package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// unscoped says which patterns of a rule match none of the environments: they are
// misspelt, or the login does not see what they name. Without any environments nothing
// can be said.
func unscoped(r rules.Rule, environments []rules.Environment) (said []string) {
	if len(environments) == 0 {
		return nil
	}
	s := source.Selection{Projects: r.Projects, Environments: r.Environments}
	projects, list := s.Unmatched(environments)
	for _, p := range projects {
		said = append(said, fmt.Sprintf("rule %q: projects %q matches none of the source's: %s", r.Name, p, names(environments, p, projectOf)))
	}
	for _, p := range list {
		said = append(said, fmt.Sprintf("rule %q: environments %q matches none of the source's: %s", r.Name, p, names(environments, p, nameOf)))
	}
	return said
}

// maxNames is how many environments a message lists.
const maxNames = 20

func projectOf(e rules.Environment) string { return e.Project }
func nameOf(e rules.Environment) string    { return e.Name }

// names says for a message which environments there are: first the one of which the name,
// as of returns it, looks like a missing one. What would look like another name is quoted.
func names(environments []rules.Environment, missing string, of func(rules.Environment) string) string {
	have := make([]string, len(environments))
	for i, e := range environments {
		have[i] = of(e)
	}
	if alike := source.Alike(missing, have); alike != "" {
		return alike
	}
	said := make([]string, 0, len(environments))
	for i, e := range environments {
		if i == maxNames {
			said = append(said, fmt.Sprintf("and %d more", len(environments)-maxNames))
			break
		}
		said = append(said, fmt.Sprintf("%q of %q (id %s)", e.Name, e.Project, e.ID))
	}
	return "there is " + strings.Join(said, ", ")
}

// Names returns the exact names and ids that the policy has for projects and
// environments, those of the source first.
func (p *Policy) Names() (projects, environments []string) {
	add := func(list *[]string, patterns []rules.Pattern) {
		for _, pattern := range patterns {
			if name := pattern.String(); !strings.HasPrefix(name, "/") && !slices.Contains(*list, name) {
				*list = append(*list, name)
			}
		}
	}
	for _, s := range p.Sources {
		add(&projects, s.Selection.Projects)
		add(&environments, s.Selection.Environments)
	}
	for _, c := range p.Rules {
		add(&projects, c.Rule().Projects)
		add(&environments, c.Rule().Environments)
	}
	return projects, environments
}

// named refuses names that the policy does not have: a misspelt one would be in the scope
// of no rule.
func (p *Policy) named(project, environment string) error {
	var projects, environments []rules.Pattern
	allProjects, allEnvironments := false, false
	for _, s := range p.Sources {
		projects, environments = append(projects, s.Selection.Projects...), append(environments, s.Selection.Environments...)
		allProjects, allEnvironments = allProjects || s.Selection.Projects == nil, allEnvironments || s.Selection.Environments == nil
	}
	for _, c := range p.Rules {
		projects, environments = append(projects, c.Rule().Projects...), append(environments, c.Rule().Environments...)
	}
	if err := knownName("project", project, projects, allProjects); err != nil {
		return err
	}
	return knownName("environment", environment, environments, allEnvironments)
}

// knownName refuses a name that no pattern has. Where the source reads all, only one
// that differs from a pattern by case is refused.
func knownName(what, name string, patterns []rules.Pattern, all bool) error {
	if name == "" {
		return nil
	}
	var have []string
	folded := false
	for _, p := range patterns {
		if p.Match(name) {
			return nil
		}
		folded = folded || strings.EqualFold(p.String(), name)
		if text := fmt.Sprintf("%q", p); !slices.Contains(have, text) {
			have = append(have, text)
		}
	}
	if all && !folded {
		return nil
	}
	return fmt.Errorf("%s %q: the policy does not name it: it names %s", what, name, strings.Join(have, ", "))
}
