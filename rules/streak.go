package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Breach is a deployment that broke a rule.
type Breach struct {
	Deployment Deployment
	// At is the latest instant of the overlap of the deployment's interval
	// with a forbidden window; where the window ends first, the window's end.
	At time.Time
	// Running reports that the deployment had not ended as of the judgement.
	Running bool
}

// A Streak is how long one rule has been kept as of an instant.
type Streak struct {
	Rule    string
	Known   bool // false: nothing is known, Weeks and Days are 0
	AtLeast bool // the facts do not reach further back; the truth may be more
	Since   time.Time
	Weeks   int
	Days    int     // a total, not a remainder
	Breach  *Breach // the breach that decides; nil when none does

	// Missing are the environments in scope that are not known completely
	// as of the instant; they make a streak unknown.
	Missing []Environment
	// NoScope reports that no environment of the source is in the rule's scope.
	NoScope bool
}

// A Span is a stretch of time in which deploying is forbidden: Start is inside,
// End is not. A zero Start or End means that there is none.
type Span struct {
	Start time.Time
	End   time.Time
	Rule  string
}

// Streak judges all facts as of now.
func (j *Judge) Streak(f *Facts, now time.Time) Streak {
	last, deployment := j.last(f, now)
	return j.streak(f.Environments, now, last, &deployment)
}

// streak is what follows from the latest breach as of now, if last broke the
// rule, and from what is known of the environments.
func (j *Judge) streak(environments []Environment, now time.Time, last verdict, by *Deployment) Streak {
	s := Streak{Rule: j.rule.Name}
	coverage, ok := j.coverage(environments, now, &s)
	if !ok {
		return s
	}
	s.Known = true
	counts := last.broke && !last.at.Before(j.since)
	switch {
	case coverage.After(j.since) && coverage.After(last.at) && !(counts && last.running):
		s.AtLeast = true
		s.Since = coverage.In(j.forbidden.loc)
	case counts:
		s.Since = last.at.In(j.forbidden.loc)
		s.Breach = &Breach{Deployment: *by, At: s.Since, Running: last.running}
		if last.running {
			return s
		}
	default:
		s.Since = j.since
	}
	s.Weeks, s.Days = j.weeksAndDays(s.Since, now, last.atEnd && s.Breach != nil)
	return s
}

// coverage returns the instant from which every environment in scope is known
// completely as of now, and whether there is one. It notes in s what is missing.
func (j *Judge) coverage(environments []Environment, now time.Time, s *Streak) (from time.Time, ok bool) {
	s.NoScope = true
	for _, e := range environments {
		if !j.InScope(e.ProjectID, e.Project, e.ID, e.Name) {
			continue
		}
		s.NoScope = false
		none := e.CompleteFrom.IsZero() || e.CompleteFrom.After(now)
		switch {
		case none && !e.Exhausted:
			s.Missing = append(s.Missing, e)
		case !none:
			ok = true
			if e.CompleteFrom.After(from) {
				from = e.CompleteFrom
			}
		}
	}
	return from, ok && s.Missing == nil
}

// last returns the latest breach as of now, whatever the order of the facts.
func (j *Judge) last(f *Facts, now time.Time) (verdict, Deployment) {
	var last verdict
	var by Deployment
	for i := range f.Deployments {
		d := &f.Deployments[i]
		if d.later(now) {
			was, there := d.AsOf(now)
			if !there {
				continue
			}
			d = &was
		}
		if v := j.judge(d, now); v.broke && v.beats(last, d, &by) {
			last, by = v, *d
		}
	}
	return last, by
}

// beats reports whether v, of the deployment d, decides rather than other, of by,
// which may have broken nothing. Of several at the same instant a running one is
// preferred, then the one with the smallest id.
func (v verdict) beats(other verdict, d, by *Deployment) bool {
	return !other.broke || cmp.Or(
		v.at.Compare(other.at),
		rank(v.running)-rank(other.running),
		strings.Compare(by.ID, d.ID),
		strings.Compare(by.EnvironmentID, d.EnvironmentID),
	) > 0
}

// rank orders breaches of the same instant.
func rank(running bool) int {
	if running {
		return 1
	}
	return 0
}

// Lead returns the streak that stands for all of them: an unknown one, else one
// whose breach is running, else the one that began latest; of equals the one
// whose rule comes first by name. It reports false if there are none.
func Lead(streaks []Streak) (Streak, bool) {
	if len(streaks) == 0 {
		return Streak{}, false
	}
	return slices.MinFunc(streaks, func(a, b Streak) int {
		return cmp.Or(
			cmp.Compare(a.trouble(), b.trouble()),
			b.Since.Compare(a.Since),
			strings.Compare(a.Rule, b.Rule),
		)
	}), true
}

// trouble orders streaks before their beginnings do.
func (s *Streak) trouble() int {
	switch {
	case !s.Known:
		return 0
	case s.Breach != nil && s.Breach.Running:
		return 1
	}
	return 2
}
