package jsonl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

const (
	maxEnvironments = 10_000 // of one source
	maxNames        = 100    // former ones of one environment or project
)

// A summary is what a first reading of all lines says, without keeping them: the last line
// may give another name to the environment of the first.
type summary struct {
	now          time.Time
	environments map[string]*rules.Environment // known ones and those of the file, by id
	projects     map[string]*rules.Environment // by id, of which they have the names alone
	runs         map[uint64]bool               // by hash
	counts       map[string]int                // runs of each environment
	oldest       time.Time                     // start of the oldest usable run
}

func newSummary(known *source.Known, now time.Time) *summary {
	s := &summary{now, map[string]*rules.Environment{}, map[string]*rules.Environment{}, map[uint64]bool{}, map[string]int{}, time.Time{}}
	for i := range known.Environments {
		e := known.Environments[i].Environment
		e.Deployments, e.FormerNames, e.FormerProjects = nil, slices.Clone(e.FormerNames), slices.Clone(e.FormerProjects)
		s.environments[e.ID] = &e
		rename(&ensure(s.projects, e.ProjectID).Project, &ensure(s.projects, e.ProjectID).FormerProjects, e.Project)
	}
	return s
}

// add adds the deployment of a line.
func (s *summary) add(d *rules.Deployment) error {
	e, p := ensure(s.environments, d.EnvironmentID), ensure(s.projects, d.ProjectID)
	e.ProjectID = d.ProjectID
	rename(&e.Name, &e.FormerNames, d.Environment)
	rename(&e.Project, &e.FormerProjects, d.Project)
	rename(&p.Project, &p.FormerProjects, d.Project)
	if run, _ := hash(d, s.now); !s.runs[run] {
		s.runs[run] = true
		s.counts[e.ID]++
	}
	switch {
	case len(s.runs) > maxRuns:
		return errTooMany
	case len(s.environments) > maxEnvironments:
		return fmt.Errorf("is of one environment more than %d", maxEnvironments)
	case max(len(e.FormerNames), len(e.FormerProjects), len(p.FormerProjects)) > maxNames:
		return fmt.Errorf("gives its environment or project one name more than %d", maxNames)
	}
	if start := d.Start(); d.Ran() && usable(d, s.now) && (s.oldest.IsZero() || start.Before(s.oldest)) {
		s.oldest = start
	}
	return nil
}

// ensure returns the environment of an id, and adds it if it is not there.
func ensure(m map[string]*rules.Environment, id string) *rules.Environment {
	if m[id] == nil {
		m[id] = &rules.Environment{ID: id}
	}
	return m[id]
}

// rename makes name the present one, and the present one a former one. "" is no name.
func rename(present *string, former *[]string, name string) {
	if name == "" || name == *present {
		return
	}
	*former = slices.DeleteFunc(*former, func(old string) bool { return old == name })
	if *present != "" && !slices.Contains(*former, *present) {
		*former = append(*former, *present)
	}
	*present = name
}

// usable reports whether a deployment can be judged: no date is before 2000, or ahead.
func usable(d *rules.Deployment, now time.Time) bool {
	return source.IsPlausible(d.Started, now) && source.IsPlausible(d.Executed, now) && source.IsPlausible(d.Finished, now)
}

// list returns the environments by id, with the names of their projects in other lines.
func (s *summary) list() []rules.Environment {
	list := make([]rules.Environment, 0, len(s.environments))
	for _, e := range s.environments {
		p := ensure(s.projects, e.ProjectID)
		for _, name := range append(slices.Clone(p.FormerProjects), p.Project) {
			rename(&e.Project, &e.FormerProjects, name)
		}
		list = append(list, *e)
	}
	slices.SortFunc(list, func(a, b rules.Environment) int { return strings.Compare(a.ID, b.ID) })
	return list
}
