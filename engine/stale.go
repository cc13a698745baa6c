package engine

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Stale says for each rule in force, by name, why its number may be out of date as
// of now: the last poll of its source failed, an environment in its scope was not read
// whole within a time, is gone, or has a record that cannot be judged, or its scope names
// what is not there. Reasons that all rules have in common come first. Rules for which
// there is no reason are left out.
func (p *Policy) Stale(known []source.Known, now time.Time, within time.Duration, common ...facts.Reason) map[string][]facts.Reason {
	because := map[string][]facts.Reason{}
	known = p.known(known)
	environments := p.Environments(known)
	for _, c := range p.Rules {
		if !c.InForce(now) {
			continue
		}
		reasons := slices.Clone(common)
		for i, k := range known {
			if !readsSource(c.Rule(), k.Name) {
				continue
			}
			if k.Failure != "" {
				reasons = append(reasons, facts.Reason{Kind: "poll", Source: k.Name, Text: k.Failure})
			} else if len(environments) > 0 && len(k.Environments) == 0 && k.FirstRead.IsZero() {
				reasons = append(reasons, facts.Reason{Kind: "not_read", Source: k.Name, Text: k.Name + " was not read yet"})
			}
			in := func(e *rules.Environment) bool { return p.Sources[i].Selection.Has(e) && c.InScope(e) }
			excused := func(e *rules.Environment, id string) bool { return excepts(c.Rule(), e, id) }
			reasons = append(reasons, facts.Stale(&k, in, excused, now, within)...)
		}
		for _, text := range unscoped(c.Rule(), environments) {
			reasons = append(reasons, facts.Reason{Kind: "scope", Text: text})
		}
		if reasons != nil {
			because[c.Rule().Name] = reasons
		}
	}
	return because
}

// excepts reports whether a rule excepts a deployment to an environment by its exact id.
func excepts(r rules.Rule, e *rules.Environment, id string) bool {
	return slices.ContainsFunc(r.Except, func(x rules.Exception) bool {
		return x.ID != nil && x.ID.String() == id && x.Version == nil &&
			(x.Source == nil || x.Source.Match(e.Source)) &&
			(x.Project == nil || e.Matches([]rules.Pattern{*x.Project}, nil)) &&
			(x.Environment == nil || e.Matches(nil, []rules.Pattern{*x.Environment}))
	})
}

// within is how old facts may be: twice the interval. Where a shorter one has just come
// into force, the longer one still counts.
func (l *loop) within() time.Duration {
	every := l.schedule.every
	for _, p := range l.polls {
		every = max(every, p.every)
	}
	return 2 * every
}

// staleAt returns the next instant after now at which facts become too old; zero: none
// does.
func (l *loop) staleAt(now time.Time) time.Time {
	var next time.Time
	within := l.within()
	for _, s := range l.policy.Sources {
		for _, e := range l.source(s.Key).known.Environments {
			if t := e.Read.Add(within); t.After(now) {
				next = soonest(next, t)
			}
		}
	}
	return next
}

// stale says for each rule in force why its number may be out of date.
func (l *loop) stale(now time.Time) map[string][]facts.Reason {
	var common []facts.Reason
	if !l.guard.trusted {
		common = append(common, facts.Reason{Kind: source.Clock.String(), Text: "this machine's clock is not trusted"})
	}
	for _, s := range l.policy.Sources {
		if !l.source(s.Key).loaded {
			common = append(common, facts.Reason{Kind: "history", Source: s.Name, Text: "what is stored of " + s.Name + " cannot be read"})
		}
	}
	return l.policy.Stale(l.known(), now, l.within(), common...)
}
