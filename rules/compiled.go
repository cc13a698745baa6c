package rules

import "time"

// A Compiled is a rule made ready for a zone. It never changes, so any number of
// goroutines may use it. Its methods return times in that zone.
type Compiled struct {
	rule       Rule
	forbidden  schedule // less the owning days that are excepted for everybody
	exceptions []exception
	outcomes   Outcomes  // those that count, unless the rule has none
	since      time.Time // the local midnight of the rule's since; zero: none
	sinceDay   int64     // its day number; -never: none
}

// Compile compiles a rule for an IANA zone. It shares the rule's slices.
func Compile(r Rule, loc *time.Location) *Compiled {
	days, exceptions := splitExceptions(r.Except)
	c := &Compiled{
		rule:       r,
		forbidden:  schedule{newZone(loc), newCalendar(r.Forbid, days)},
		exceptions: exceptions,
		sinceDay:   -never,
	}
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
	return e.MatchesProject(c.rule.Projects) && e.MatchesName(c.rule.Environments)
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

// InForce reports whether the rule's since has come. Until then it forbids nothing.
func (c *Compiled) InForce(now time.Time) bool { return !now.Before(c.since) }

// A Span is an unbroken time in which a rule forbids deploying.
type Span struct {
	Start time.Time // inside; zero: it has no beginning
	End   time.Time // not inside; zero: it has no end
	Rule  string
}

// NextWindow returns the forbidden span that has now, else the next one, from the rule's
// since on. It reports false if there is none.
func (c *Compiled) NextWindow(now time.Time) (Span, bool) {
	if !c.InForce(now) {
		now = c.since
	}
	s := &c.forbidden
	t := s.nextIn(now.Unix(), nil)
	if t == never {
		return Span{}, false
	}
	start := s.time(s.start(t))
	if start.Before(c.since) {
		start = c.since
	}
	return Span{Start: start, End: s.time(s.end(t)), Rule: c.rule.Name}, true
}

// NextChange returns the next instant at which s, a streak of this rule as of now, or
// [Compiled.NextWindow] can change while the facts stay the same; zero if none.
func (c *Compiled) NextChange(s Streak, now time.Time) time.Time {
	if !c.InForce(now) {
		return c.since
	}
	f := &c.forbidden
	edge := f.edge(now.Unix())
	for i := range c.exceptions {
		if c.exceptions[i].days != nil {
			// A running deployment may break the rule at an edge of what its
			// exceptions leave.
			edge = min(edge, f.boundAfter(now.Unix()))
		}
	}
	next := f.time(edge)
	tick := c.tick(s, now)
	if next.IsZero() || !tick.IsZero() && tick.Before(next) {
		return tick
	}
	return next
}
