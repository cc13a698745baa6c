package engine

import (
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Gate is the answer to "may we deploy now?".
type Gate struct {
	At      time.Time // in the policy's zone
	Allowed bool
	// Rule is the one that forbids, or the next that will; "" when none does.
	Rule   string
	Source rules.Position // where counter.cue has it
	// Until is when the answer changes: the end of the forbidden span, or the
	// beginning of the next one. Zero: it does not.
	Until time.Time
}

// Gate answers for a deployment to an environment of a project that would begin
// now. An empty name stands for any, so every rule that could apply does.
func (c *Court) Gate(project, environment string, now time.Time) Gate {
	g := Gate{At: now.In(c.zone), Allowed: true}
	for _, j := range c.judges {
		r := j.Rule()
		if !covers(r.Projects, project) || !covers(r.Environments, environment) {
			continue
		}
		span, ok := j.NextWindow(now)
		if !ok {
			continue
		}
		forbids := !span.Start.After(now) && !excused(j, project, environment, now)
		switch {
		case forbids && (g.Allowed || later(span.End, g.Until)):
			g.Allowed, g.Rule, g.Source, g.Until = false, r.Name, r.Source, inZone(span.End, c.zone)
		case !forbids && g.Allowed && span.Start.After(now) && (g.Rule == "" || span.Start.Before(g.Until)):
			g.Rule, g.Source, g.Until = r.Name, r.Source, span.Start.In(c.zone)
		}
	}
	return g
}

// covers reports whether patterns could have a name; "" could be any.
func covers(patterns []rules.Pattern, name string) bool {
	for i := range patterns {
		if name == "" || patterns[i].MatchAny(name, name) {
			return true
		}
	}
	return patterns == nil
}

// excused reports whether the rule's exceptions let through a deployment of
// which no more is known than where it goes.
func excused(j *rules.Judge, project, environment string, now time.Time) bool {
	if !j.InScope("", project, "", environment) {
		return false // in scope by id, or by a name that was not given
	}
	d := rules.Deployment{Project: project, Environment: environment, Started: now, Executed: now, LifeCycle: rules.LifeCycleInProgress}
	_, breaks := j.Breach(&d, now)
	return !breaks
}

// later reports whether end a is after end b; zero never ends.
func later(a, b time.Time) bool { return !b.IsZero() && (a.IsZero() || a.After(b)) }

func inZone(t time.Time, zone *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}
