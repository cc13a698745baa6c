package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// checkSelected refuses what a rule says of projects and environments where the source
// surely reads none of that.
func (f *file) checkSelected(c *Config) {
	var projects, environments []rules.Pattern
	at := diagnose.Path{"source", "bamboo"}
	if b := c.Source.Bamboo; b != nil {
		projects, environments = b.Projects, b.Environments
	} else {
		at = diagnose.Path{"source", "file"}
		environments = c.Source.File.Environments
	}
	for _, r := range c.Rules {
		p := diagnose.Path{"rules", r.Name}
		f.checkAmong(p.With("projects"), r.Projects, at.With("projects"), projects)
		f.checkAmong(p.With("environments"), r.Environments, at.With("environments"), environments)
	}
}

// checkAmong refuses patterns that match none of the source's, if those are names alone.
// One that is a number may be the id of something that the source has by name.
func (f *file) checkAmong(p diagnose.Path, patterns []rules.Pattern, of diagnose.Path, selected []rules.Pattern) {
	var names []string
	for _, x := range selected {
		name := x.String()
		if strings.HasPrefix(name, "/") || isID(name) {
			return
		}
		names = append(names, name)
	}
	if names == nil {
		return // all are read
	}
	for i, x := range patterns {
		name := x.String()
		matches := func(selected string) bool {
			// The id of an environment in a file may be PROJECT/NAME.
			return x.Match(selected) || x.Match(afterSlash(selected)) || afterSlash(name) == selected
		}
		switch {
		case isID(name) || slices.ContainsFunc(names, matches):
		case strings.HasPrefix(name, "/"):
			f.Report(p.With(strconv.Itoa(i)), fmt.Sprintf("%s matches nothing of %s", name, of), "there are "+strings.Join(names, ", "))
		default:
			f.Report(p.With(strconv.Itoa(i)), fmt.Sprintf("%s has no %q", of, name), diagnose.SuggestOrList(name, names))
		}
	}
}

func afterSlash(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
