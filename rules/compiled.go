package rules

import (
	"slices"
	"time"
)

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

// Compile compiles a rule. The location is one of the IANA database, whose
// offsets are less than a day. The rule's slices are not copied and must not
// change afterwards.
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

// InForce reports whether the rule's since, if it has one, has come. A rule that is
// not in force forbids nothing.
func (c *Compiled) InForce(now time.Time) bool { return !now.Before(c.since) }

// judge judges a deployment, of an environment in scope, that has no dates after
// now. If it broke the rule it sets b, all but the deployment. Most meet no window,
// so that comes first.
func (c *Compiled) judge(d *Deployment, now time.Time, b *Breach) (broke bool) {
	if !d.Ran() {
		return false
	}
	start, end := d.Interval(c.rule.Measure, now)
	from, until := start.Unix(), end.Unix()
	last, ok := c.forbidden.overlap(from, until, nil)
	if !ok || !c.outcomeCounts(d) {
		return false
	}
	var few [8]*exception // so that the usual case does not allocate
	excused, whole := c.excuses(d, from, until, few[:0])
	if len(excused) > 0 {
		last, ok = c.forbidden.overlap(from, until, excused)
	}
	if whole || !ok {
		return false
	}
	if first := c.forbidden.nextIn(from, excused); first > from {
		start = time.Unix(first, 0)
	}
	b.At, b.WindowEnd = overlapEnd(end, last)
	b.First, b.At, b.Running = start.In(c.forbidden.loc), b.At.In(c.forbidden.loc), !d.Final()
	return true
}

// overlapEnd returns where an overlap ends: at the end of the interval, or where the
// window ends first, which is the second last.
func overlapEnd(end time.Time, last int64) (at time.Time, windowEnd bool) {
	if last <= end.Unix() {
		return time.Unix(last, 0), true
	}
	return end, false
}

// outcomeCounts reports whether one of the outcomes that the deployment had is
// among the rule's. A running one always counts, and so does one that was denied.
func (c *Compiled) outcomeCounts(d *Deployment) bool {
	return c.rule.Outcomes == nil || d.Denied || !d.Final() || c.outcomes&d.Outcomes.With(d.Outcome()) != 0
}

// excuses appends to excused the exceptions that take owning days of the seconds
// from to until out of the windows for d. It reports whether one excuses d whole.
func (c *Compiled) excuses(d *Deployment, from, until int64, excused []*exception) (_ []*exception, whole bool) {
	// The owning days of everything that a clock can read in the interval.
	days := dayRange{floorDiv(from-maxOffset, day) - 1, floorDiv(until+maxOffset, day)}
	for i := range c.exceptions {
		switch e := &c.exceptions[i]; {
		case !e.matches(d):
		case len(e.Dates) == 0:
			return nil, true
		case slices.ContainsFunc(e.days, days.meets):
			excused = append(excused, e)
		}
	}
	return excused, false
}

// An exception is an [Exception] made ready.
type exception struct {
	Exception
	days []dayRange // nil: it excuses a deployment whole
}

// splitExceptions returns the owning days that leave the windows for everybody,
// and the exceptions that a deployment has to match. One without any key is
// neither: excusing everything must be said.
func splitExceptions(entries []Exception) (days []dayRange, rest []exception) {
	var dates []DateRange
	for _, e := range entries {
		if x := (exception{e, dayRanges(e.Dates)}); x.named() {
			rest = append(rest, x)
		} else {
			dates = append(dates, e.Dates...)
		}
	}
	return dayRanges(dates), rest
}

// named reports whether e has any key but its dates.
func (e *exception) named() bool {
	return e.ID != nil || e.Version != nil || e.Project != nil || e.Environment != nil
}

// matches reports whether all keys of e hold for d.
func (e *exception) matches(d *Deployment) bool {
	return (e.ID == nil || e.ID.Match(d.ID)) &&
		(e.Version == nil || e.Version.Match(d.Version)) &&
		(e.Project == nil || e.Project.matchEither(d.ProjectID, d.Project)) &&
		(e.Environment == nil || e.Environment.matchEither(d.EnvironmentID, d.Environment))
}

// excusedDay returns the range of days that has d and that one of the exceptions
// takes out of the windows.
func excusedDay(excused []*exception, d int64) (dayRange, bool) {
	for _, e := range excused {
		if r, ok := hasDay(e.days, d); ok {
			return r, true
		}
	}
	return dayRange{}, false
}

// A Span is an unbroken time in which a rule forbids deploying: Start is inside,
// End is not. A zero Start or End means that there is none.
type Span struct {
	Start time.Time
	End   time.Time
	Rule  string
}

// NextWindow returns the unbroken forbidden span that has now, else the next one. No
// span begins before the rule's since. It reports false if there will be none any
// more.
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

// NextChange returns the first instant after now at which the weeks or days of
// s, a streak of this rule as of now, or whether deploying is forbidden can change
// while the facts stay the same; zero if they never will. Facts with dates after now
// change at those too: see [NextDate].
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
			edge = min(edge, f.markAfter(now.Unix()))
		}
	}
	next := f.time(edge)
	tick := c.tick(s, now)
	if next.IsZero() || !tick.IsZero() && tick.Before(next) {
		return tick
	}
	return next
}
