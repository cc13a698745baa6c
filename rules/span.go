package rules

import "time"

// Forbidden reports whether the rule forbids deploying at now.
func (j *Judge) Forbidden(now time.Time) bool { return j.forbidden.in(now.Unix()) }

// NextWindow returns the unbroken forbidden span that has now, else the next one,
// in the judge's zone. It reports false if there will be none any more.
func (j *Judge) NextWindow(now time.Time) (Span, bool) {
	s := &j.forbidden
	t := now.Unix()
	span := Span{Rule: j.rule.Name}
	if s.in(t) {
		span.Start = s.time(s.start(t))
	} else {
		if t = s.nextIn(t, nil); t == never {
			return Span{}, false
		}
		span.Start = s.time(t)
	}
	span.End = s.time(s.end(t))
	return span, true
}

// NextChange returns the first instant after now at which the weeks or days of
// s, a streak of this judge as of now, or [Judge.Forbidden] can change while the
// facts stay the same; zero if they never will. Facts with dates after now
// change at those too: see [Facts.NextDate].
func (j *Judge) NextChange(s Streak, now time.Time) time.Time {
	f := &j.forbidden
	edge := f.edge(now.Unix())
	for i := range j.exceptions {
		if j.exceptions[i].days != nil {
			// A running deployment may break the rule at an edge of what its
			// exceptions leave.
			edge = min(edge, f.markAfter(now.Unix()))
		}
	}
	next := f.time(edge)
	tick := j.tick(s, now)
	if next.IsZero() || !tick.IsZero() && tick.Before(next) {
		return tick
	}
	return next
}

// tick returns the next instant at which the count goes on by itself; zero if it
// stands still.
func (j *Judge) tick(s Streak, now time.Time) time.Time {
	switch {
	case !s.Known, s.Breach != nil && s.Breach.Running:
		return time.Time{}
	case j.rule.Count == CountMidnight:
		return j.forbidden.time(j.forbidden.dateChange(now.Unix()))
	}
	return j.forbidden.elapsedTick(s.Since, now)
}
