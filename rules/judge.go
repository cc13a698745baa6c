package rules

import (
	"slices"
	"time"
)

// A Judge is a rule compiled for a zone. It never changes, so any number of
// goroutines may use it.
type Judge struct {
	rule       Rule
	scope      *scope
	forbidden  schedule // less the owning days that are excepted for everybody
	exceptions []exception
	since      time.Time // breaches before are ignored; zero: none are
}

// NewJudge compiles a rule. The location is one of the IANA database, whose
// offsets are less than a day. The rule's slices are not copied and must not
// change afterwards.
func NewJudge(r Rule, loc *time.Location) *Judge {
	days, exceptions := splitExceptions(r.Except)
	j := &Judge{
		rule:       r,
		scope:      newScope(&r),
		forbidden:  schedule{newZone(loc), newCalendar(r.Forbid, days)},
		exceptions: exceptions,
	}
	if !r.Since.IsZero() {
		j.since = j.forbidden.time(j.forbidden.begins(r.Since.dayNumber()))
	}
	return j
}

// Rule returns the rule as it was given.
func (j *Judge) Rule() Rule { return j.rule }

// ReadsVersion reports whether the rule looks at the versions of deployments,
// which it does only for an exception that names one.
func (j *Judge) ReadsVersion() bool {
	return slices.ContainsFunc(j.exceptions, func(e exception) bool { return e.Version != nil })
}

// InScope reports whether the rule applies to an environment.
func (j *Judge) InScope(projectID, project, environmentID, environment string) bool {
	return j.scope.has(place{projectID, project, environmentID, environment})
}

// Breach judges one deployment as of now and returns its breach of the rule, if
// it broke it. The breach holds the deployment as of now, and its instant is in
// the judge's zone. It does not look at the rule's since.
func (j *Judge) Breach(d *Deployment, now time.Time) (b Breach, ok bool) {
	if d.later(now) {
		was, there := d.AsOf(now)
		if !there {
			return b, false
		}
		d = &was
	}
	v := j.judge(d, now)
	if !v.broke {
		return b, false
	}
	b.Deployment, b.At, b.Running = *d, v.at.In(j.forbidden.loc), v.running
	return b, true
}

// A verdict is what judging one deployment gives.
type verdict struct {
	broke   bool
	running bool
	atEnd   bool // at is the window's end, not inside it
	at      time.Time
}

// judge judges a deployment that has no dates after now. Most meet no window, so
// that comes first.
func (j *Judge) judge(d *Deployment, now time.Time) (v verdict) {
	if !d.Ran() {
		return v
	}
	final := d.Final()
	start, end := d.interval(j.rule.Measure, final, now)
	from, until := start.Unix(), end.Unix()
	last, ok := j.forbidden.overlap(from, until, nil)
	if !ok || !j.applies(d) {
		return v
	}
	if len(j.exceptions) > 0 {
		if last, ok = j.excepted(d, from, until, last); !ok {
			return v
		}
	}
	v = ended(end, last)
	v.broke, v.running = true, !final
	return v
}

// ended returns where an overlap ends: at the end of the interval, or where the
// window ends first, which is the second last.
func ended(end time.Time, last int64) verdict {
	if last <= end.Unix() {
		return verdict{at: time.Unix(last, 0), atEnd: true}
	}
	return verdict{at: end}
}

// applies reports whether the rule's scope and outcomes have the deployment.
func (j *Judge) applies(d *Deployment) bool {
	if j.rule.Outcomes != nil {
		if o := d.Outcome(); o != OutcomeRunning && !slices.Contains(j.rule.Outcomes, o) {
			return false
		}
	}
	return j.InScope(d.ProjectID, d.Project, d.EnvironmentID, d.Environment)
}

// excepted returns what the exceptions leave of an overlap that ends at last.
func (j *Judge) excepted(d *Deployment, from, until, last int64) (int64, bool) {
	var few [8]*exception // so that the usual case does not allocate
	excused, whole := j.excuses(d, from, until, few[:0])
	switch {
	case whole:
		return 0, false
	case len(excused) == 0:
		return last, true
	}
	return j.forbidden.overlap(from, until, excused)
}

// excuses appends to excused the exceptions that take owning days of the seconds
// from to until out of the windows for d. It reports whether one excuses d whole.
func (j *Judge) excuses(d *Deployment, from, until int64, excused []*exception) (_ []*exception, whole bool) {
	// The owning days of everything that a clock can read in the interval.
	days := dayRange{floorDiv(from-maxOffset, day) - 1, floorDiv(until+maxOffset, day)}
	for i := range j.exceptions {
		switch e := &j.exceptions[i]; {
		case !e.matches(d):
		case len(e.Dates) == 0:
			return nil, true
		case slices.ContainsFunc(e.days, days.meets):
			excused = append(excused, e)
		}
	}
	return excused, false
}

// Counts reports whether a breach of the rule is not before its since.
func (j *Judge) Counts(b Breach) bool { return !b.At.Before(j.since) }
