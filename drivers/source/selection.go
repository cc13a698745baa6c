package source

import (
	"encoding/json"
	"slices"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Selection is which environments of a source are read. A nil list matches all.
type Selection struct{ Projects, Environments []rules.Pattern }

// Has reports whether an environment is selected, by its id or any name that it, or its
// project, ever had.
func (s *Selection) Has(e *rules.Environment) bool {
	return e.Matches(s.Projects, s.Environments)
}

// Unmatched returns the patterns that match none of the environments, as they were
// written.
func (s *Selection) Unmatched(list []rules.Environment) (projects, environments []string) {
	for _, p := range s.Projects {
		if !slices.ContainsFunc(list, func(e rules.Environment) bool { return e.Matches([]rules.Pattern{p}, nil) }) {
			projects = append(projects, p.String())
		}
	}
	for _, p := range s.Environments {
		if !slices.ContainsFunc(list, func(e rules.Environment) bool { return e.Matches(nil, []rules.Pattern{p}) }) {
			environments = append(environments, p.String())
		}
	}
	return projects, environments
}

// String returns a text that is equal for two selections exactly if they are the same.
func (s *Selection) String() string {
	text, _ := json.Marshal([2][]rules.Pattern{s.Projects, s.Environments}) // patterns are texts
	return string(text)
}
