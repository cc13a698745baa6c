package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A LeftOut is a deployment that does not count, although its interval met a
// forbidden window.
type LeftOut struct {
	Deployment Deployment // as of the judgement, but whole for ReasonNotYet
	// At is what its breach instant would be.
	At     time.Time
	Reason Reason
	Met    Met // as if nothing was excepted
	// Exception is the entry that excuses it, for the two reasons that have one.
	Exception *Exception
}

// Reason says why a deployment does not count.
type Reason string

// The reasons. Where several hold, the first of this list is given.
const (
	ReasonNotYet     Reason = "not yet"      // it had not met the window as of the judgement
	ReasonOutOfScope Reason = "out of scope" // of the rule's projects and environments
	ReasonDidNotRun  Reason = "did not run"  // it waited, or was cancelled, in the window
	ReasonOutcome    Reason = "outcome"      // the rule's outcomes have not its own
	ReasonDate       Reason = "date"         // an exception takes the day out for everybody
	ReasonExcused    Reason = "excused"      // an exception names it
	ReasonSince      Reason = "since"        // it broke the rule before its since
)

// Reasons are all of them, in order.
func Reasons() []Reason {
	return []Reason{ReasonNotYet, ReasonOutOfScope, ReasonDidNotRun, ReasonOutcome, ReasonDate, ReasonExcused, ReasonSince}
}

// MaxLeftOut is how many deployments of each reason an [Explanation] has.
const MaxLeftOut = 20

// leftOut are the latest of one reason.
type leftOut struct {
	count  int
	latest []left // latest first
}

// A left is a deployment, what would be its verdict, and why it is not.
type left struct {
	decided
	why Reason
}

// add takes one in.
func (l *leftOut) add(d left) {
	l.count++
	i, _ := slices.BinarySearchFunc(l.latest, d, newer)
	if i == MaxLeftOut {
		return
	}
	if len(l.latest) == MaxLeftOut {
		l.latest = l.latest[:MaxLeftOut-1]
	}
	l.latest = slices.Insert(l.latest, i, d)
}

// newer orders the latest first.
func newer(a, b left) int {
	return cmp.Or(
		b.at.Compare(a.at),
		strings.Compare(a.by.ID, b.by.ID),
		strings.Compare(a.by.EnvironmentID, b.by.EnvironmentID),
	)
}

// consider finds out why a deployment that broke nothing as of now does not count.
// was is it as of now.
func (x *Explainer) consider(d, was *Deployment, there bool) {
	j := x.judge
	if latest, _ := d.Ahead(x.now); latest.After(x.now) {
		if v := j.judge(d, latest); v.broke {
			x.leave(d, v, ReasonNotYet)
			return
		}
	}
	if !there {
		return
	}
	ran := was.Ran()
	start, end := was.Interval(j.rule.Measure, x.now)
	if !ran {
		start, end = was.waited(x.now)
		if start.IsZero() {
			return
		}
	}
	last, ok := x.all.overlap(start.Unix(), end.Unix(), nil)
	if !ok {
		if ran && was.Final() && j.applies(was) {
			x.near.add(j, was, start, end)
		}
		return
	}
	here, meets := j.forbidden.overlap(start.Unix(), end.Unix(), nil)
	switch {
	case !j.InScope(was.ProjectID, was.Project, was.EnvironmentID, was.Environment):
		x.leave(was, ended(end, last), ReasonOutOfScope)
	case !ran:
		x.leave(was, ended(end, last), ReasonDidNotRun)
	case !j.applies(was):
		x.leave(was, ended(end, last), ReasonOutcome)
	case !meets:
		x.leave(was, ended(end, last), ReasonDate)
	default:
		x.leave(was, ended(end, here), ReasonExcused)
	}
}

// waited returns from when to when a deployment that did not run was waiting;
// zero if that is not known.
func (d *Deployment) waited(now time.Time) (start, end time.Time) {
	start, end = d.Started, d.Finished
	if start.IsZero() {
		start = end
	}
	switch {
	case start.IsZero():
		return start, start
	case !d.Final():
		end = now
	case end.IsZero():
		end = start
	}
	if end.Before(start) {
		start, end = end, start
	}
	return start, end
}

// leave notes a deployment that does not count.
func (x *Explainer) leave(d *Deployment, v verdict, why Reason) {
	bucket := x.left[why]
	if bucket == nil {
		bucket = &leftOut{}
		x.left[why] = bucket
	}
	bucket.add(left{decided{v, *d}, why})
}

// leftOut returns all that was noted, the latest first.
func (x *Explainer) leftOut() (list []LeftOut, counts map[Reason]int) {
	counts = map[Reason]int{}
	var all []left
	for why, bucket := range x.left {
		counts[why] = bucket.count
		all = append(all, bucket.latest...)
	}
	slices.SortFunc(all, newer)
	for _, d := range all {
		o := LeftOut{Deployment: d.by, At: d.at.In(x.judge.forbidden.loc), Reason: d.why}
		switch d.why {
		case ReasonExcused:
			o.Met, _ = x.judge.met(&x.judge.forbidden, d.second(), nil)
			o.Exception = x.judge.excuse(&d.by, o.Met.Day, true)
		case ReasonDate:
			o.Met, _ = x.judge.met(&x.all, d.second(), nil)
			o.Exception = x.judge.excuse(&d.by, o.Met.Day, false)
		default:
			o.Met, _ = x.judge.met(&x.all, d.second(), nil)
		}
		list = append(list, o)
	}
	return list, counts
}

// excuse returns the first exception that excuses d on an owning day, by name or
// for everybody.
func (j *Judge) excuse(d *Deployment, owner Date, named bool) *Exception {
	for i := range j.rule.Except {
		e := &exception{j.rule.Except[i], nil}
		if e.named() != named || !e.matches(d) {
			continue
		}
		if _, ok := hasDay(dayRanges(e.Dates), owner.dayNumber()); ok || named && len(e.Dates) == 0 {
			return &j.rule.Except[i]
		}
	}
	return nil
}
