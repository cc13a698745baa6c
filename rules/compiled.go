package rules

import "time"

// A Compiled is a rule made ready for a zone. It never changes, so any number of
// goroutines may use it. Its methods return times in that zone.
type Compiled struct {
	rule       Rule
	forbidden  schedule // to everybody
	excepted   []span   // owning days, for everybody
	exceptions []exception
	outcomes   Outcomes  // those that count, unless the rule has none
	since      time.Time // the local midnight of the rule's since; zero: none
	sinceDay   int64     // its day number; -never: none
}

// Compile compiles a rule for an IANA zone. It shares the rule's slices.
func Compile(r Rule, loc *time.Location) *Compiled {
	c := &Compiled{rule: r, sinceDay: -never}
	c.compileExceptions(newZone(loc))
	for _, o := range r.Outcomes {
		c.outcomes = c.outcomes.With(o)
	}
	if r.Since != (Date{}) {
		c.sinceDay = r.Since.dayNumber()
		c.since = c.forbidden.time(c.forbidden.begins(c.sinceDay))
	}
	return c
}

// Rule returns the rule as it was given.
func (c *Compiled) Rule() Rule { return c.rule }

// InScope reports whether the rule applies to an environment.
func (c *Compiled) InScope(e *Environment) bool {
	return matchesAny(c.rule.Sources, "", e.Source, nil) && e.Matches(c.rule.Projects, c.rule.Environments)
}

// scope returns the environments that the rule applies to.
func (c *Compiled) scope(environments []Environment) []*Environment {
	var list []*Environment
	for i := range environments {
		if e := &environments[i]; c.InScope(e) {
			list = append(list, e)
		}
	}
	return list
}

// InForce reports whether the rule's since has come.
func (c *Compiled) InForce(now time.Time) bool { return !now.Before(c.since) }

// NextOccurrence returns the occurrence that has now, else the next, if any.
func (c *Compiled) NextOccurrence(now time.Time) (Occurrence, bool) {
	at := now
	if !c.InForce(now) {
		at = c.since
	}
	s := &c.forbidden
	t := s.nextIn(at.Unix())
	if t == never {
		return Occurrence{}, false
	}
	start := s.time(s.start(t))
	if start.Before(c.since) {
		start = c.since
	}
	status := StatusOpen
	if start.After(now) {
		status = StatusAhead
	}
	return Occurrence{Rule: c.rule.Name, Start: start, End: s.time(s.end(t)), Status: status}, true
}

// NextChange returns when s or [Compiled.NextOccurrence] can change next, or zero.
func (c *Compiled) NextChange(s Streak, environments []Environment, now time.Time) time.Time {
	next := nextDate(environments, now)
	if !c.InForce(now) {
		return soonest(next, c.since)
	}
	f := &c.forbidden
	edge := f.edge(now.Unix())
	for i := range c.exceptions { // one of a running deployment
		edge = min(edge, c.exceptions[i].left.edge(now.Unix()))
	}
	return soonest(next, soonest(f.time(edge), c.tick(s, now)))
}

// soonest returns the earlier of two instants; zero means never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
