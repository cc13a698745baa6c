package facts

import (
	"cmp"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Selected returns the environments that a policy judges, gone and retired ones too. They
// share their deployments with known.
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

// A Reason says why a rule's number may be out of date.
type Reason struct {
	Kind        string `json:"kind"`        // "not_read", "gone" or "record"; callers add "poll", "clock", "history" and "scope"
	Source      string `json:"source"`      // name in the policy
	Environment string `json:"environment"` // id; "": it is about the source
	ID          string `json:"id"`          // of the deployment; "": it is not about one
	Text        string `json:"text"`        // one plain sentence without a full stop
}

// Stale returns why the number of a rule may be out of date as of now, by environment. in
// reports whether an environment is in the rule's scope, and excused whether an except has
// exactly the id of a deployment to it. What was read is fresh for within.
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

// A LatestDate is the latest date of what has happened, and the ids of its deployment and
// environment. The zero value is none.
type LatestDate struct {
	At              time.Time
	ID, Environment string
}

// Latest returns the latest date of what is known to have happened. No correct clock is
// before it. Dates that the counter noted itself do not count, nor later ones of what never
// ran, which may be planned.
func Latest(known []source.Known, now time.Time) (latest LatestDate) {
	for i := range known {
		for _, e := range known[i].Environments {
			for j := range e.Deployments {
				d := &e.Deployments[j]
				last := maxTime(d.Started, d.Executed)
				if !d.Denied {
					last = maxTime(last, d.Finished)
				}
				if last.After(latest.At) && (d.Ran() || !last.After(now)) {
					latest = LatestDate{last, d.ID, e.ID}
				}
			}
		}
	}
	return latest
}
