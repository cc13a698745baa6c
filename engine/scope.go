package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// unscoped returns a text for each pattern of a rule that matches none of the
// environments: it is misspelt, or the login does not see what it names. Without any
// environments there is none.
func unscoped(r rules.Rule, environments []rules.Environment) (texts []string) {
	environments = slices.DeleteFunc(slices.Clone(environments), func(e rules.Environment) bool { return !readsSource(r, e.Source) })
	if len(environments) == 0 {
		return nil
	}
	s := source.Selection{Projects: r.Projects, Environments: r.Environments}
	projects, list := s.Unmatched(environments)
	for _, p := range projects {
		texts = append(texts, fmt.Sprintf("rule %q: projects %q matches none of the source's: %s", r.Name, p, names(environments, p, "")))
	}
	for _, p := range list {
		texts = append(texts, fmt.Sprintf("rule %q: environments %q matches none of the source's: %s", r.Name, p, names(environments, "", p)))
	}
	return texts
}

// readsSource reports whether a rule's sources have a name; "" may be any.
func readsSource(r rules.Rule, name string) bool {
	return name == "" || r.Sources == nil || slices.ContainsFunc(r.Sources, func(p rules.Pattern) bool { return p.Match(name) })
}

// maxNames is how many environments a message lists.
const maxNames = 20

// names says for a message which environments there are: first the one that is called
// almost like a missing environment or, where that is "", whose project is called almost
// like a missing project.
func names(environments []rules.Environment, project, environment string) string {
	have := make([]string, len(environments))
	for i, e := range environments {
		if have[i] = e.Name; environment == "" {
			have[i] = e.Project
		}
	}
	if alike := source.Similar(cmp.Or(environment, project), have); alike != "" {
		return alike
	}
	list := make([]string, 0, len(environments))
	for i, e := range environments {
		if i == maxNames {
			list = append(list, fmt.Sprintf("and %d more", len(environments)-maxNames))
			break
		}
		list = append(list, fmt.Sprintf("%q of %q (id %s)", e.Name, e.Project, e.ID))
	}
	return "there is " + strings.Join(list, ", ")
}

// Patterns returns what the sources select and the rules name, each once, those of the
// sources first.
func (p *Policy) Patterns() (projects, environments []rules.Pattern) {
	for _, s := range p.Sources {
		projects, environments = append(projects, s.Selection.Projects...), append(environments, s.Selection.Environments...)
	}
	for _, c := range p.Rules {
		projects, environments = append(projects, c.Rule().Projects...), append(environments, c.Rule().Environments...)
	}
	return unique(projects), unique(environments)
}

func unique(list []rules.Pattern) (each []rules.Pattern) {
	for _, p := range list {
		if !slices.ContainsFunc(each, func(o rules.Pattern) bool { return o.String() == p.String() }) {
			each = append(each, p)
		}
	}
	return each
}

// checkNames refuses names that the policy does not have: a misspelt one would be in the
// scope of no rule.
func (p *Policy) checkNames(place Place) error {
	projects, environments := p.Patterns()
	allProjects := slices.ContainsFunc(p.Sources, func(s PolicySource) bool { return s.Selection.Projects == nil })
	allEnvironments := slices.ContainsFunc(p.Sources, func(s PolicySource) bool { return s.Selection.Environments == nil })
	if err := checkName("project", place.Project, projects, allProjects); err != nil {
		return err
	}
	return checkName("environment", place.Environment, environments, allEnvironments)
}

// checkName refuses a name that no pattern has. Where the source reads all, only one
// that differs from a pattern by case is refused.
func checkName(what, name string, patterns []rules.Pattern, all bool) error {
	if name == "" || slices.ContainsFunc(patterns, func(p rules.Pattern) bool { return p.Match(name) }) {
		return nil
	}
	if all && !slices.ContainsFunc(patterns, func(p rules.Pattern) bool { return strings.EqualFold(p.String(), name) }) {
		return nil
	}
	var have []string
	for _, p := range patterns {
		have = append(have, fmt.Sprintf("%q", p))
	}
	return fmt.Errorf("%s %q: the policy does not name it: it names %s", what, name, strings.Join(have, ", "))
}
