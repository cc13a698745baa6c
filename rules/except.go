package rules

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
		(e.Project == nil || e.Project.MatchAny(d.ProjectID, d.Project)) &&
		(e.Environment == nil || e.Environment.MatchAny(d.EnvironmentID, d.Environment))
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
