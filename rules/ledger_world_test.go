package rules_test

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
)

// lean leaves of a streak what a ledger has.
func lean(s rules.Streak) rules.Streak {
	if s.Breach != nil {
		b := leanBreach(*s.Breach)
		s.Breach = &b
	}
	return s
}

// leanBreach leaves of a breach what a ledger has.
func leanBreach(b rules.Breach) rules.Breach {
	if d := b.Deployment; !b.Running {
		b.Deployment = rules.Deployment{
			ID: d.ID, Ref: d.Ref,
			ProjectID: d.ProjectID, Project: d.Project, EnvironmentID: d.EnvironmentID, Environment: d.Environment,
		}
	}
	return b
}

// checkLedger tells a ledger the facts as polls would, piece by piece, out of
// order, twice, as they were earlier and as they are corrected later, while time
// goes on. It must always say what the judge says of all of them.
func (w *world) checkLedger(tb failer, pick picker, j *rules.Judge) {
	tb.Helper()
	l := rules.NewLedger(j)
	all := w.facts()
	told := &rules.Facts{Environments: all.Environments}
	tell := func(d rules.Deployment, now time.Time) {
		l.Add(&d, now)
		i := slices.IndexFunc(told.Deployments, func(o rules.Deployment) bool { return o.Ref == d.Ref })
		if i < 0 {
			told.Deployments = append(told.Deployments, d)
		} else {
			told.Deployments[i] = d
		}
	}
	now := w.now.Add(-time.Duration(pick(6*24*60)) * time.Minute)
	for step := range 6 {
		for range pick(4) {
			if len(all.Deployments) == 0 {
				break
			}
			d := all.Deployments[pick(len(all.Deployments))]
			was, there := d.AsOf(now)
			switch pick(6) {
			case 0: // the dates to come too
			case 1: // corrected
				d.State = choose(pick, rules.StateSuccess, rules.StateFailed)
				d.Finished = d.Finished.Add(time.Duration(pick(2*1440)-1440) * time.Minute)
			case 2: // the same id in another environment is another deployment
				d = was
				d.EnvironmentID, d.Environment, d.Ref = "3", "Production", d.Ref+100
			default:
				if !there {
					continue
				}
				d = was
			}
			tell(d, now)
		}
		got, want := l.Streak(told.Environments, now), j.Streak(told, now)
		if diff := cmp.Diff(lean(want), lean(got)); diff != "" {
			tb.Fatalf("ledger in step %d at %s (-want +got):\n%s\n%s", step, now.In(w.loc), diff, w)
		}
		if next, all := l.NextDate(told.Environments, now), told.NextDate(now); !next.IsZero() && (all.IsZero() || next.Before(all)) {
			tb.Fatalf("next date in step %d: got %s, want %s or later\n%s", step, next, all, w)
		}
		if next := l.NextDate(told.Environments, now); !next.IsZero() && pick.yes(2) {
			now = next
			continue
		}
		now = now.Add(time.Duration(pick(2*1440)) * time.Minute)
	}
}
