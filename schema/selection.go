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
	all := diagnose.Path{"sources"}
	names := c.SourceNames()
	for _, r := range c.Rules {
		p := diagnose.Path{"rules", r.Name}
		f.checkAmong(p.With("sources"), r.Sources, all, names)
		for i, x := range r.Except {
			if x.Source != nil {
				f.checkAmong(p.With("except").With(strconv.Itoa(i)).With("source"), []rules.Pattern{*x.Source}, all, names)
			}
		}
		at := all
		if len(c.Sources) == 1 {
			at = f.sourcePath(&c.Sources[0])
		}
		var projects, environments [][]rules.Pattern // that a source selects
		for _, s := range c.Sources {
			if matches(r.Sources, s.Name) {
				projects, environments = append(projects, s.Projects), append(environments, s.Environments)
			}
		}
		f.checkAmong(p.With("projects"), r.Projects, at.With("projects"), namesIn(projects))
		f.checkAmong(p.With("environments"), r.Environments, at.With("environments"), namesIn(environments))
	}
}

// namesIn returns the names that selections consist of; none if one of them may select what it does not
// name: as nil, which is all, by an expression, or by a number, which may be the id of something.
func namesIn(selections [][]rules.Pattern) (names []string) {
	for _, selection := range selections {
		for _, x := range selection {
			if name := x.String(); !strings.HasPrefix(name, "/") && !isID(name) {
				names = append(names, name)
				continue
			}
			return nil
		}
		if selection == nil {
			return nil
		}
	}
	return names
}

// checkAmong refuses patterns that match none of the names, if there are any.
func (f *file) checkAmong(p diagnose.Path, patterns []rules.Pattern, of diagnose.Path, names []string) {
	if names == nil {
		return
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
