package source

import (
	"encoding/json"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Selection is which environments of a source are read: those whose project and whose
// own id or name, or one that they ever had, is matched. A nil list matches all.
type Selection struct {
	Projects     []rules.Pattern
	Environments []rules.Pattern
}

// Has reports whether an environment is selected, by any name that it or its project
// ever had.
func (s *Selection) Has(e *rules.Environment) bool {
	return e.Matches(s.Projects, s.Environments)
}

// Unmatched returns the patterns that match none of the environments, as they were
// written.
func (s *Selection) Unmatched(list []rules.Environment) (projects, environments []string) {
	for _, p := range s.Projects {
		if !contains(list, func(e *rules.Environment) bool { return e.Matches([]rules.Pattern{p}, nil) }) {
			projects = append(projects, p.String())
		}
	}
	for _, p := range s.Environments {
		if !contains(list, func(e *rules.Environment) bool { return e.Matches(nil, []rules.Pattern{p}) }) {
			environments = append(environments, p.String())
		}
	}
	return projects, environments
}

func contains(list []rules.Environment, match func(*rules.Environment) bool) bool {
	for i := range list {
		if match(&list[i]) {
			return true
		}
	}
	return false
}

// String returns a text that is equal for two selections exactly if they are the same.
func (s *Selection) String() string {
	text, _ := json.Marshal([2][]rules.Pattern{s.Projects, s.Environments}) // patterns are texts
	return string(text)
}
