package rules

import (
	"slices"
	"time"
)

// An Environment is one target of a source's deployments. FormerNames and FormerProjects
// are other names that it and its project had; patterns match any of them.
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

// MatchesName reports whether a pattern matches its id or a name; nil matches all.
func (e *Environment) MatchesName(patterns []Pattern) bool {
	return matchesAny(patterns, e.ID, e.Name, e.FormerNames)
}

// MatchesProject is [Environment.MatchesName] for the project.
func (e *Environment) MatchesProject(patterns []Pattern) bool {
	return matchesAny(patterns, e.ProjectID, e.Project, e.FormerProjects)
}

func matchesAny(patterns []Pattern, id, name string, former []string) bool {
	return patterns == nil || slices.ContainsFunc(patterns, func(p Pattern) bool {
		return p.matchEither(id, name) || slices.ContainsFunc(former, p.Match)
	})
}

// A coverage is how far back environments are known as of an instant.
type coverage struct {
	from    time.Time     // all is known from here; zero: no environment limits it
	first   time.Time     // when all of their sources were first read
	missing []Environment // not known completely from any instant
	empty   bool          // there is no deployment
}

func newCoverage(environments []*Environment, now time.Time) coverage {
	c := coverage{empty: true}
	for _, e := range environments {
		switch unset := e.CompleteFrom.IsZero() || e.CompleteFrom.After(now); {
		case unset && !e.Exhausted:
			c.missing = append(c.missing, *e)
		case !unset && e.CompleteFrom.After(c.from):
			c.from = e.CompleteFrom
		}
		if read := e.firstRead(now); read.After(c.first) {
			c.first = read
		}
		c.empty = c.empty && !slices.ContainsFunc(e.Deployments, func(d Deployment) bool {
			_, there := d.AsOf(now)
			return there
		})
	}
	return c
}

// firstRead returns FirstRead; where the clock was put back since, now.
func (e *Environment) firstRead(now time.Time) time.Time {
	return slices.MinFunc([]time.Time{e.FirstRead, now}, time.Time.Compare)
}

// beginning returns the instant from which something is known, if no breach says more,
// and whether there is one.
func (c *coverage) beginning() (time.Time, bool) {
	switch {
	case c.missing != nil:
		return time.Time{}, false
	case !c.from.IsZero():
		return c.from, true
	}
	return c.first, !c.empty && !c.first.IsZero()
}

// A knownRange is the time about which something is known, up to now.
type knownRange struct {
	known   bool
	from    time.Time // from here on all is known, and breaches count
	since   time.Time // the rule's
	limited bool      // what is known and not since decides from
}

func (c *Compiled) knownRange(cover coverage, breaches []Breach) knownRange {
	r := knownRange{since: c.since}
	r.from, r.known = cover.beginning()
	if cover.missing == nil && cover.from.IsZero() {
		// Where nothing limits, what broke the rule before is known too.
		i := slices.IndexFunc(breaches, c.Counts)
		if i >= 0 && (!r.known || breaches[i].At.Before(r.from)) {
			r.from, r.known = breaches[i].At, true
		}
	}
	if r.limited = r.from.After(r.since); !r.limited {
		r.from = r.since
	}
	return r
}

// whole reports whether all of an occurrence is in the range.
func (r *knownRange) whole(o interval, now time.Time) bool {
	return r.known && !time.Unix(o.first, 0).Before(r.from) && o.end <= now.Unix()
}
