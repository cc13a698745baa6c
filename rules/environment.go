package rules

import (
	"slices"
	"time"
)

// An Environment is one target of deployments. Former names match patterns too.
type Environment struct {
	Source             string // name of the source in the policy
	ID, Name           string
	ProjectID, Project string
	FormerNames        []string
	FormerProjects     []string
	CompleteFrom       time.Time // all later deployments are known; zero: none, or see Exhausted
	Exhausted          bool      // the source has nothing older; with zero CompleteFrom nothing limits
	FirstRead          time.Time // when its source was first read whole
	Deployments        []Deployment
}

// Matches reports whether patterns match its project and it; nil matches all.
func (e *Environment) Matches(projects, environments []Pattern) bool {
	return matchesAny(projects, e.ProjectID, e.Project, e.FormerProjects) &&
		matchesAny(environments, e.ID, e.Name, e.FormerNames)
}

func matchesAny(patterns []Pattern, id, name string, former []string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p Pattern) bool {
		return p.matchEither(id, name) || slices.ContainsFunc(former, p.Match)
	})
}

// firstRead returns FirstRead; where the clock was put back since, now.
func (e *Environment) firstRead(now time.Time) time.Time {
	return slices.MinFunc([]time.Time{e.FirstRead, now}, time.Time.Compare)
}

// A knownRange is the time about which something is known to a rule, up to now.
type knownRange struct {
	known   bool
	from    time.Time     // from here on all is known, and breaches count
	facts   bool          // the facts and not the rule's since decide from
	horizon time.Time     // the latest that an environment is complete from; zero: none limits
	missing []Environment // not known completely from any instant
}

func (c *Compiled) knownRange(scope []*Environment, breaches []Breach, now time.Time) knownRange {
	var r knownRange
	var read time.Time // when all sources were first read
	some := false      // there is a deployment
	for _, e := range scope {
		switch unset := e.CompleteFrom.IsZero() || e.CompleteFrom.After(now); {
		case unset && !e.Exhausted:
			r.missing = append(r.missing, *e)
		case !unset && e.CompleteFrom.After(r.horizon):
			r.horizon = e.CompleteFrom
		}
		if first := e.firstRead(now); first.After(read) {
			read = first
		}
		some = some || slices.ContainsFunc(e.Deployments, func(d Deployment) bool {
			_, there := d.AsOf(now)
			return there
		})
	}
	switch {
	case r.missing != nil:
	case !r.horizon.IsZero():
		r.from, r.known = r.horizon, true
	default:
		r.from, r.known = read, some && !read.IsZero()
		// Where nothing limits, what broke the rule before is known too.
		if b := c.counted(breaches, time.Time{}); len(b) > 0 && (!r.known || b[0].At.Before(r.from)) {
			r.from, r.known = b[0].At, true
		}
	}
	if r.facts = r.from.After(c.since); !r.facts {
		r.from = c.since
	}
	return r
}

// has reports whether all of an occurrence is in the range.
func (r *knownRange) has(o span, now time.Time) bool {
	return r.known && !time.Unix(o.first, 0).Before(r.from) && o.end <= now.Unix()
}
