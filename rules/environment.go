package rules

import (
	"slices"
	"time"
)

// An Environment is one target of a source's deployments, how far back its results
// are known, and these.
type Environment struct {
	Source    string // name of the source in the policy
	ID        string
	Name      string
	ProjectID string
	Project   string

	// FormerNames and FormerProjects are other names that it and its project had.
	// A rule's scope matches by any of them.
	FormerNames    []string
	FormerProjects []string

	// CompleteFrom is the instant from which every result is known. Zero
	// means not known at all, or, if Exhausted, that it limits nothing.
	CompleteFrom time.Time
	// Exhausted reports that the source's list was read to its end, so that
	// CompleteFrom is the oldest result and not a horizon; or that the environment
	// is newer than what is known of its source.
	Exhausted bool
	// FirstRead is when its source was first read whole. Where no environment
	// limits a streak and nothing broke the rule, it is at least from then.
	FirstRead time.Time

	Deployments []Deployment
}

// MatchesName reports whether one of the patterns matches the environment by its id or a
// name that it ever had; nil matches all.
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
