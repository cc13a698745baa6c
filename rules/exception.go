package rules

import "slices"

// An exception is an [Exception] of certain deployments, made ready.
type exception struct {
	Exception
	days []span   // owning days that it takes out of the windows
	left schedule // what is forbidden all the same
}

// compileExceptions sets what is forbidden to everybody, and to the deployments that an
// exception matches. An exception without any key is neither: excusing everything must be
// said.
func (c *Compiled) compileExceptions(z zone) {
	var dates []DateRange // excepted for everybody
	for _, e := range c.rule.Except {
		if !e.hasPattern() {
			dates = append(dates, e.Dates...)
		}
	}
	c.excepted = daySpans(dates)
	c.forbidden = schedule{z, newCalendar(c.rule.Forbid, c.excepted)}
	for _, e := range c.rule.Except {
		if !e.hasPattern() {
			continue
		}
		days := []span{anyDay}
		if len(e.Dates) > 0 {
			days = daySpans(e.Dates)
		}
		c.exceptions = append(c.exceptions, exception{e, days, c.forbiddenLess(days)})
	}
}

// forbiddenLess returns what is forbidden less owning days.
func (c *Compiled) forbiddenLess(days []span) schedule {
	return schedule{c.forbidden.zone, newCalendar(c.rule.Forbid, union(slices.Concat(c.excepted, days)))}
}

// hasPattern reports whether e has any key but its dates.
func (e *Exception) hasPattern() bool {
	return e.ID != nil || e.Version != nil || e.Source != nil || e.Project != nil || e.Environment != nil
}

// matches reports whether all patterns of e match d.
func (e *Exception) matches(d *Deployment) bool {
	return (e.ID == nil || e.ID.Match(d.ID)) &&
		(e.Version == nil || e.Version.Match(d.Version)) &&
		(e.Source == nil || e.Source.Match(d.Source)) &&
		(e.Project == nil || e.Project.matchEither(d.ProjectID, d.Project)) &&
		(e.Environment == nil || e.Environment.matchEither(d.EnvironmentID, d.Environment))
}

// forbiddenTo returns what is forbidden to a deployment in the seconds from to until.
func (c *Compiled) forbiddenTo(d *Deployment, from, until int64) *schedule {
	// The owning days of everything that a clock can read in the interval.
	days := span{floorDiv(from-maxOffset, day) - 1, floorDiv(until+maxOffset, day) + 1}
	left := &c.forbidden
	var excused []span
	for i := range c.exceptions {
		e := &c.exceptions[i]
		if !slices.ContainsFunc(e.days, days.meets) || !e.matches(d) {
			continue
		}
		if excused == nil {
			left, excused = &e.left, e.days
			continue
		}
		// Rarely there are several.
		excused = slices.Concat(excused, e.days)
		both := c.forbiddenLess(excused)
		left = &both
	}
	return left
}
