package rules

import "slices"

// An exception is an [Exception] made ready.
type exception struct {
	Exception
	days []dayRange // nil: it excuses a deployment whole
}

// splitExceptions returns the owning days that leave the windows for everybody, and the
// exceptions that a deployment has to match. One without any key is neither: excusing
// everything must be said.
func splitExceptions(entries []Exception) (days []dayRange, rest []exception) {
	var dates []DateRange
	for _, e := range entries {
		if e.hasPattern() {
			rest = append(rest, exception{e, dayRanges(e.Dates)})
		} else {
			dates = append(dates, e.Dates...)
		}
	}
	return dayRanges(dates), rest
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

// excuses appends to excused the exceptions that take owning days of the seconds from to
// until out of the windows for d. It reports whether one excuses d whole.
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

// excusedDay returns the range of days that has d and that one of the exceptions takes
// out of the windows.
func excusedDay(excused []*exception, d int64) (dayRange, bool) {
	for _, e := range excused {
		if r, ok := hasDay(e.days, d); ok {
			return r, true
		}
	}
	return dayRange{}, false
}
