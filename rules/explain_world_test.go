package rules_test

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
)

// checkExplanation holds an explanation against the streak and the oracle: what
// met a window is a breach or excluded for a reason.
func (w *world) checkExplanation(tb failer, o *oracle, c *rules.Compiled) {
	tb.Helper()
	environments := w.environments()
	x := c.Explain(environments, w.now)
	if diff := cmp.Diff(streak(c, environments, w.now), x.Streak); diff != "" {
		tb.Fatalf("explained streak (-want +got):\n%s\n%s", diff, w)
	}
	if !x.Streak.Known {
		if x.Match != nil || x.Nearest != nil || x.Limits != nil {
			tb.Fatalf("explanation: got %+v of an unknown streak\n%s", x, w)
		}
		w.checkRunnerUp(tb, o, x)
		w.checkExcluded(tb, o, x)
		return
	}
	limited := len(x.Limits) == 1 && x.Limits[0].ID == "1"
	if (x.Match != nil) != (x.Streak.Breach != nil) || limited != x.Streak.AtLeast || !limited && x.Limits != nil {
		tb.Fatalf("explanation: got %+v\n%s", x, w)
	}
	if x.Match != nil {
		w.checkMatch(tb, o, x.Streak.Breach.Deployment.ID, x.Streak.Breach.At, x.Match)
	}
	w.checkRunnerUp(tb, o, x)
	w.checkExcluded(tb, o, x)
	w.checkNearest(tb, o, x)
}

func (w *world) truth(id string) truth {
	return w.truths[slices.IndexFunc(w.truths, func(d truth) bool { return d.ID == id })]
}

// checkMatch looks the window and its day up in the last minute of the overlap.
func (w *world) checkMatch(tb failer, o *oracle, id string, at time.Time, m *rules.Match) {
	tb.Helper()
	minutes := o.meets(w.truth(id), w.now)
	last := o.minutes[minutes[len(minutes)-1]]
	date := m.Day.Year*10000 + int(m.Day.Month)*100 + m.Day.Day
	owns := func(d ownedDay) bool { return d.date == date && cmp.Equal(w.rule.Forbid[d.window], m.Window) }
	if !slices.ContainsFunc(last.days, owns) || m.Start.After(at) || m.End.Before(at) {
		tb.Fatalf("%s met: got %+v of %s, %s to %s, want one of %v\n%s", id, m.Window, m.Day, m.Start, m.End, last.days, w)
	}
}

func (w *world) checkRunnerUp(tb failer, o *oracle, x rules.Explanation) {
	tb.Helper()
	var others []time.Time
	for _, d := range w.truths {
		if at, _, ok := o.breach(d, w.now); ok && (x.Streak.Breach == nil || d.ID != x.Streak.Breach.Deployment.ID) {
			others = append(others, at)
		}
	}
	if x.RunnerUp == nil {
		if others != nil {
			tb.Fatalf("runner-up: got none, want one of %v\n%s", others, w)
		}
		return
	}
	if others == nil || !x.RunnerUp.At.Equal(slices.MaxFunc(others, time.Time.Compare)) {
		tb.Fatalf("runner-up: got %+v, want the latest of %v\n%s", x.RunnerUp, others, w)
	}
}

// reason says why a deployment that met a window, were there no exceptions, does
// not count; "" if it does, or met none.
func (w *world) reason(o, bare *oracle, d truth) rules.Reason {
	if at, atEnd, ok := o.breach(d, w.now); ok {
		if o.ignored(at, atEnd) {
			return rules.ReasonSince
		}
		return ""
	}
	open := d
	if !d.ran { // as if it had run while it waited
		if d.Executed.After(w.now) || d.Started.IsZero() {
			return "?" // for other tests
		}
		open.ran, open.start, open.end, open.outcome = true, d.Started, d.Finished, rules.OutcomeRunning
	}
	for _, t := range []time.Time{d.Started, d.Executed, d.Finished} {
		if t.After(w.now) {
			return "?"
		}
	}
	everything := *bare
	everything.rule.Sources, everything.rule.Environments, everything.rule.Outcomes = nil, nil, nil
	dates := *o
	dates.rule.Sources, dates.rule.Environments, dates.rule.Outcomes, dates.rule.Except = nil, nil, nil, nil
	switch {
	case everything.meets(open, w.now) == nil:
		return ""
	case !o.scope(d):
		return rules.ReasonOutOfScope
	case !d.ran:
		return rules.ReasonDidNotRun
	case bare.meets(d, w.now) == nil:
		return rules.ReasonOutcome
	case dates.meets(d, w.now) == nil:
		return rules.ReasonDate
	}
	return rules.ReasonExcused
}

func (w *world) checkExcluded(tb failer, o *oracle, x rules.Explanation) {
	tb.Helper()
	bare := o.bare()
	counts := map[rules.Reason]int{}
	for _, l := range x.Excluded {
		counts[l.Reason]++
	}
	if diff := cmp.Diff(counts, x.ExcludedCount); diff != "" {
		tb.Fatalf("excluded (-listed +counted):\n%s\n%s", diff, w)
	}
	for _, d := range w.truths {
		i := slices.IndexFunc(x.Excluded, func(l rules.Exclusion) bool { return l.Deployment.ID == d.ID })
		var got rules.Reason
		if i >= 0 {
			got = x.Excluded[i].Reason
		}
		if want := w.reason(o, bare, d); got != want && want != "?" {
			tb.Fatalf("excluded %s: got %q, want %q\n%s", d.ID, got, want, w)
		}
		if i < 0 {
			continue
		}
		l := x.Excluded[i]
		e := l.Exception
		inDates := func(list []rules.DateRange) bool { // on or just after an owning day
			return slices.ContainsFunc([]int{0, -1, -2}, func(back int) bool {
				y, m, d := l.At.AddDate(0, 0, back).Date()
				return inDates(list, y*10000+int(m)*100+d)
			})
		}
		switch l.Reason {
		case rules.ReasonDate:
			if e == nil || !onlyDates(*e) || !inDates(e.Dates) {
				tb.Fatalf("excluded %s by its date: got %+v at %s\n%s", d.ID, e, l.At, w)
			}
		case rules.ReasonExcused:
			if e == nil || onlyDates(*e) || !named(*e, d.Deployment) || e.Dates != nil && !inDates(e.Dates) {
				tb.Fatalf("excluded %s, excused: got %+v at %s\n%s", d.ID, e, l.At, w)
			}
		default:
			if e != nil {
				tb.Fatalf("excluded %s, %s: got exception %+v\n%s", d.ID, l.Reason, e, w)
			}
		}
	}
}

// checkNearest walks from each deployment to the next forbidden minute.
func (w *world) checkNearest(tb failer, o *oracle, x rules.Explanation) {
	tb.Helper()
	best := time.Duration(-1)
	for _, d := range w.truths {
		counts := d.ran && !d.end.IsZero() && !d.start.Before(x.Streak.Since) && o.scope(d) && o.counts(d) &&
			!slices.ContainsFunc(w.rule.Except, func(e rules.Exception) bool { return !onlyDates(e) && named(e, d.Deployment) })
		if !counts || w.met(o, d) || slices.ContainsFunc(x.Excluded, func(l rules.Exclusion) bool { return l.Deployment.ID == d.ID }) {
			continue
		}
		for i := o.index(d.end); i < len(o.minutes); i++ {
			if o.minutes[i].forbidden {
				if gap := o.at(i).Sub(d.end); best < 0 || gap < best {
					best = gap
				}
				break
			}
		}
		for i := o.index(d.start) - 1; i >= 0; i-- {
			if o.minutes[i].forbidden {
				if gap := d.start.Sub(o.at(i + 1)); best < 0 || gap < best {
					best = gap
				}
				break
			}
		}
	}
	switch {
	case best >= 0 && (x.Nearest == nil || x.Distance != best):
		tb.Fatalf("nearest: got %+v by %s, want %s\n%s", x.Nearest, x.Distance, best, w)
	case best < 0 && x.Nearest != nil && x.Distance < 24*time.Hour:
		tb.Fatalf("nearest: got %+v, want none\n%s", x.Nearest, w)
	}
}

func (w *world) met(o *oracle, d truth) bool {
	_, _, ok := o.breach(d, w.now)
	return ok
}
