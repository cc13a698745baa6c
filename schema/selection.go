package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// checkSelected refuses what a rule says of sources, projects and environments where the
// policy's sources surely have none of that.
func (f *file) checkSelected(c *Config) {
	var sources []rules.Pattern
	for _, name := range c.SourceNames() {
		pattern, _ := rules.ParsePattern(name) // it is a name
		sources = append(sources, pattern)
	}
	for _, r := range c.Rules {
		p := diagnose.Path{"rules", r.Name}
		f.checkAmong(p.With("sources"), r.Sources, diagnose.Path{"sources"}, sources)
		for i, x := range r.Except {
			if x.Source != nil {
				f.checkAmong(p.With("except").With(strconv.Itoa(i)).With("source"), []rules.Pattern{*x.Source}, diagnose.Path{"sources"}, sources)
			}
		}
		at, projects, environments := f.selected(c, r.Sources)
		f.checkAmong(p.With("projects"), r.Projects, at.With("projects"), projects)
		f.checkAmong(p.With("environments"), r.Environments, at.With("environments"), environments)
	}
}

// selected returns what those of the policy's sources select that patterns name; nil: all.
func (f *file) selected(c *Config, names []rules.Pattern) (at diagnose.Path, projects, environments []rules.Pattern) {
	allProjects, allEnvironments := false, false
	at = diagnose.Path{"sources"}
	for i := range c.Sources {
		s := &c.Sources[i]
		if !matches(names, s.Name) {
			continue
		}
		if len(c.Sources) == 1 {
			at = f.sourcePath(s)
		}
		p, e := s.Projects, s.Environments
		projects, environments = append(projects, p...), append(environments, e...)
		allProjects, allEnvironments = allProjects || p == nil, allEnvironments || e == nil
	}
	if allProjects {
		projects = nil
	}
	if allEnvironments {
		environments = nil
	}
	return at, projects, environments
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
