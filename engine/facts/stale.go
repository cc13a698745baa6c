package facts

import (
	"cmp"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Selected returns the environments that a policy judges: those that its selection has by
// any name that they or their projects ever had, gone and retired ones too. Their
// deployments are those of known and must not be changed.
func Selected(known *source.Known, s *source.Selection) []rules.Environment {
	var list []rules.Environment
	for i := range known.Environments {
		e := known.Environments[i].Environment
		if s.Has(&e) {
			e.Source, e.FirstRead = known.Name, known.FirstRead
			list = append(list, e)
		}
	}
	return list
}

// A Reason says why a rule's number may have been overtaken.
type Reason struct {
	// Kind is "not_read", "gone" or "record" here. Callers add "poll", "clock", "history"
	// and "scope".
	Kind        string
	Source      string // name in the policy
	Environment string // id; "": it is about the source
	ID          string // of the deployment; "": it is not about one
	Text        string // one plain sentence without a full stop
}

// Stale returns why the number of a rule may have been overtaken as of now, by
// environment; nil: by nothing that is known. in reports whether an environment is in the
// rule's scope, and excused whether an except has exactly the id of a deployment to it.
// within is how long what was read is fresh: twice the interval.
func Stale(known *source.Known, in func(*rules.Environment) bool, excused func(e *rules.Environment, id string) bool, now time.Time, within time.Duration) []Reason {
	var list []Reason
	for i := range known.Environments {
		e := &known.Environments[i]
		if e.Gone && e.Retired || !in(&e.Environment) {
			continue
		}
		add := func(kind, id, format string, args ...any) {
			list = append(list, Reason{kind, known.Name, e.ID, id, fmt.Sprintf(format, args...)})
		}
		name := title(&e.Environment)
		switch {
		case e.Gone:
			add("gone", "", "%s is not listed by its source any more; if it is gone for good, run: %s", name, retireLine(e.ID))
		case e.Partial:
			add("not_read", "", "the first reading of %s is not at its end", name)
		case e.Read.IsZero():
			add("not_read", "", "%s was not read yet", name)
		case !recent(e.Read, now, within):
			add("not_read", "", "%s was last read at %s", name, stamp(e.Read))
		}
		for _, u := range e.Unusable {
			if !excused(&e.Environment, u.ID) {
				add("record", u.ID, "deployment %s of %s cannot be judged, because its %s is %q", cmp.Or(u.ID, "without an id"), name, u.Field, u.Value)
			}
		}
	}
	return list
}

// Latest returns the latest date of what has happened, with the deployment's id and its
// environment's; the zero Time if there is none. No clock that is right is before it. What
// the counter noted itself does not count, nor what never ran and lies ahead of now: that
// may be planned.
func Latest(known *source.Known, now time.Time) (at time.Time, id, environment string) {
	for i := range known.Environments {
		list := known.Environments[i].Deployments
		for j := range list {
			d := &list[j]
			last := later(d.Started, d.Executed)
			if !d.Denied {
				last = later(last, d.Finished)
			}
			if last.After(at) && (d.Ran() || !last.After(now)) {
				at, id, environment = last, d.ID, known.Environments[i].ID
			}
		}
	}
	return at, id, environment
}
