package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Gate is the answer to "may we deploy now?".
type Gate struct {
	At      time.Time // in the policy's zone
	Allowed bool
	// Rule is the one that forbids, or the next that will; "" when none does.
	Rule     string
	Position rules.Position // where counter.cue has it
	// Until is when the answer changes: the end of the occurrence, or the
	// beginning of the next one. Zero: it does not.
	Until time.Time
}

// A Place is where a deployment would go, by names of the policy. An empty name stands for
// any, so every rule that could apply does.
type Place struct{ Source, Project, Environment string }

// String says the names that are given, the narrowest first.
func (p Place) String() string {
	var parts []string
	for _, part := range [][2]string{{"environment", p.Environment}, {"project", p.Project}, {"source", p.Source}} {
		if part[1] != "" {
			parts = append(parts, fmt.Sprintf("%s %q", part[0], part[1]))
		}
	}
	return strings.Join(parts, " of ")
}

// Gate answers for a deployment to a place that would begin now.
//
// It goes by the environments that are known, or where these are nil by the policy alone.
// The error says why there is no answer: a rule's scope matches none of them, or they
// have no such name.
func (p *Policy) Gate(environments []rules.Environment, place Place, now time.Time) (Gate, error) {
	g := Gate{At: now.In(p.Zone), Allowed: true}
	if place.Source != "" && p.Config.Source(place.Source) == nil {
		return g, p.Config.NoSource(place.Source)
	}
	where, err := p.places(environments, place)
	if err != nil {
		return g, err
	}
	o := p.occurrence(now, func(c *rules.Compiled, o rules.Occurrence) bool {
		applies, excused := applies(c, where, now)
		return applies && (!excused || o.Start.After(now))
	})
	if o == nil {
		return g, nil
	}
	g.Rule, g.Position = o.Rule, p.Rule(o.Rule).Rule().Position
	if g.Allowed = o.Start.After(now); g.Allowed {
		g.Until = o.Start.In(p.Zone)
	} else {
		g.Until = o.End.In(p.Zone)
	}
	return g, nil
}

// places returns the environments that the names may mean. Where none are known, it is
// one that has just these names.
func (p *Policy) places(environments []rules.Environment, place Place) ([]rules.Environment, error) {
	if environments == nil {
		if err := p.checkNames(place); err != nil {
			return nil, err
		}
		return []rules.Environment{{Source: place.Source, ID: place.Environment, Name: place.Environment, ProjectID: place.Project, Project: place.Project}}, nil
	}
	for _, c := range p.Rules {
		if texts := unscoped(c.Rule(), environments); texts != nil {
			return nil, errors.New(texts[0])
		}
	}
	var where []rules.Environment
	for _, e := range environments {
		if hasName(place.Source, e.Source, e.Source, nil) && hasName(place.Project, e.ProjectID, e.Project, e.FormerProjects) &&
			hasName(place.Environment, e.ID, e.Name, e.FormerNames) {
			where = append(where, e)
		}
	}
	if where == nil {
		return nil, fmt.Errorf("there is no %s: %s", place, names(environments, place.Project, place.Environment))
	}
	return where, nil
}

// hasName reports whether text is an id or a name; "" is any.
func hasName(text, id, name string, former []string) bool {
	return text == "" || text == id || text == name || slices.Contains(former, text)
}

// applies reports whether a rule applies to any of the environments, and whether its
// exceptions excuse a deployment that begins now, to whichever of these it goes. An
// environment without a name or a project stands for all of them.
func applies(c *rules.Compiled, where []rules.Environment, now time.Time) (applies, excused bool) {
	excused = true
	r := c.Rule()
	for i := range where {
		e := &where[i]
		if !readsSource(r, e.Source) || e.Project != "" && !e.Matches(r.Projects, nil) || e.Name != "" && !e.Matches(nil, r.Environments) {
			continue
		}
		applies = true
		d := rules.Deployment{
			Source: e.Source, EnvironmentID: e.ID, Environment: e.Name, ProjectID: e.ProjectID, Project: e.Project,
			Started: now, Executed: now, LifeCycle: rules.LifeCycleInProgress,
		}
		_, breaks := c.Breach(&d, e, now)
		excused = excused && c.InScope(e) && !breaks
	}
	return applies, applies && excused
}
