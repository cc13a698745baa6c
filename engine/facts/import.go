package facts

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Import adds deployments that a source has forgotten, from a person's file. It changes what
// has ended as [Merge] does; known running ones go on. A run that the file says is running
// was not seen so: it counts as denied. Environments that are not known are added.
//
// completeFrom is the instant from which the file has every deployment of its environments,
// or zero. room is as in [Poll]. If it does not suffice, or completeFrom is after now,
// Import returns an error and adds nothing.
func Import(known source.Known, list []rules.Deployment, completeFrom, now time.Time, room int) (source.Known, source.Changes, []source.Note, error) {
	if completeFrom.After(now) {
		return known, source.Changes{}, nil, fmt.Errorf("complete from %s: that is to come", stamp(completeFrom))
	}
	m := newMerging(known, time.Time{}, now, room) // it was not seen in a poll
	m.imports = true
	var answer source.Answer
	have := map[string]bool{}
	for _, d := range list {
		if unusable(&d, m.now) == nil {
			if !d.Ran() {
				continue
			}
			if !d.Final() {
				m.end(&d)
			}
		}
		answer.Deployments = append(answer.Deployments, d)
		if !have[d.EnvironmentID] && known.Environment(d.EnvironmentID) == nil {
			answer.Environments = append(answer.Environments, source.Environment{Environment: rules.Environment{
				ID: d.EnvironmentID, Name: d.Environment, ProjectID: d.ProjectID, Project: d.Project,
			}})
		}
		have[d.EnvironmentID] = true
	}
	extents, _ := m.mergeAnswer(&answer)
	for i, r := range extents {
		e := &m.next.Environments[i]
		unset := e.CompleteFrom.IsZero() && !e.Exhausted
		if r.read && !completeFrom.IsZero() && (unset || completeFrom.Before(e.CompleteFrom)) {
			e.CompleteFrom = completeFrom.Round(0)
		}
	}
	if m.refused > 0 {
		return known, source.Changes{}, nil, fmt.Errorf("%d runs are more than there is room for: one policy keeps only so many, and none was imported", m.refused)
	}
	next, changes, notes := m.finish(known)
	return next, changes, notes, nil
}

// Retire records that an environment, which the last complete list of its source lacked, is
// gone for good: it is no longer stale. What is known of it stays, and its running
// deployments end. This lapses when the environment is listed again.
func Retire(known source.Known, environmentID string, now time.Time) (source.Known, source.Changes, error) {
	if e := known.Environment(environmentID); e == nil {
		return known, source.Changes{}, fmt.Errorf("environment %q is not known", environmentID)
	} else if !e.Gone {
		return known, source.Changes{}, fmt.Errorf("environment %q, %s, is not gone: the last complete poll listed it", environmentID, title(&e.Environment))
	}
	m := newMerging(known, now, now, 0)
	e := m.next.Environment(environmentID)
	e.Retired = true
	for _, d := range e.Deployments {
		if d.Ran() && !d.Final() {
			m.end(&d)
			m.changes.Runs = append(m.changes.Runs, d)
		}
	}
	e.Deployments = apply(e.Deployments, m.changes.Runs, nil)
	next, changes, _ := m.finish(known)
	return next, changes, nil
}

// plain matches an id that a shell takes as it is.
var plain = regexp.MustCompile(`^[\w./:][\w./:-]*$`)

// retireLine is the line to paste that retires an environment.
func retireLine(id string) string {
	if !plain.MatchString(id) {
		id = "'" + strings.ReplaceAll(id, "'", `'\''`) + "'"
	}
	return "fridaycounter history retire " + id
}

// Join adds what polls brought since the start to what the history has stored, which could
// not be read until now. since continues what was stored only where both have a run in
// common.
func Join(stored, since source.Known, now time.Time) (source.Known, source.Changes) {
	m := newMerging(stored, since.Good, now, stored.Size()+since.Size())
	var a source.Answer
	for _, e := range since.Environments {
		a.Environments = append(a.Environments, source.Environment{Environment: e.Environment})
		a.Deployments = append(a.Deployments, e.Deployments...)
		a.Unusable = append(a.Unusable, e.Unusable...)
	}
	extents, _ := m.mergeAnswer(&a)
	for i, r := range extents {
		e := &m.next.Environments[i]
		s := since.Environment(e.ID)
		if s == nil {
			continue
		}
		one := source.Environment{Reading: source.ReadWhole, From: s.CompleteFrom, Exhausted: s.Exhausted}
		if s.Partial {
			one.Reading = source.ReadPart
		} else if s.CompleteFrom.IsZero() && !s.Exhausted {
			one.Reading = source.ReadNothing
		}
		m.setCompleteFrom(e, &one, r, false)
		e.Read, e.Gone, e.Retired = maxTime(e.Read, s.Read), s.Gone, false
		if stored.Environment(s.ID) == nil {
			e.FirstSeen = s.FirstSeen
		}
	}
	n := &m.next
	if since.Good.After(stored.Good) {
		n.Good, n.Selection = since.Good, since.Selection
	}
	n.FirstRead = cmp.Or(n.FirstRead, since.FirstRead)
	if !since.Good.IsZero() || !since.Failed.IsZero() {
		n.Failed, n.Failure = since.Failed, since.Failure
	}
	known, changes, _ := m.finish(stored)
	return known, changes
}
