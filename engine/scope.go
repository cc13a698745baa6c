package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// unscoped returns an error for the patterns of rules that match none of the
// environments: misspelt, or an environment that was renamed. Without any
// environments nothing can be said, and it returns nil.
func unscoped(list []rules.Rule, environments []rules.Environment) error {
	if len(environments) == 0 {
		return nil
	}
	var errs []error
	for _, r := range list {
		lost := func(what string, patterns []rules.Pattern, match func(rules.Pattern, rules.Environment) bool) {
			for _, p := range patterns {
				if !slices.ContainsFunc(environments, func(e rules.Environment) bool { return match(p, e) }) {
					errs = append(errs, fmt.Errorf("rule %q: %s %q matches none of the source's: %s", r.Name, what, p, names(environments)))
				}
			}
		}
		lost("projects", r.Projects, func(p rules.Pattern, e rules.Environment) bool { return p.MatchAny(e.ProjectID, e.Project) })
		lost("environments", r.Environments, func(p rules.Pattern, e rules.Environment) bool { return p.MatchAny(e.ID, e.Name) })
	}
	return errors.Join(errs...)
}

// names lists environments for a message.
func names(environments []rules.Environment) string {
	said := make([]string, 0, len(environments))
	for _, e := range environments {
		said = append(said, fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID))
	}
	return strings.Join(said, ", ")
}
