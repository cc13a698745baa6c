package rules_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A picker chooses one of 0 to n-1: random, or what a fuzzer likes.
type picker func(n int) int

func (pick picker) yes(oneIn int) bool { return pick(oneIn) == 0 }

func choose[T any](pick picker, of ...T) T { return of[pick(len(of))] }

// A world is a rule and facts made up around an instant, most often a change of
// a zone's offset, and what the facts mean.
type world struct {
	loc      *time.Location
	around   time.Time
	now      time.Time
	rule     rules.Rule
	coverage time.Time // zero: nothing limits
	read     time.Time // when all was first read
	renamed  bool      // Production is called Live now
	truths   []truth
}

// A world knows worldDays, and the instant lies in the middle.
const worldDays = 28

func newWorld(pick picker, loc *time.Location, around time.Time) *world {
	w := &world{loc: loc, around: around.Truncate(time.Minute)}
	w.now = w.instant(pick, 14, 22)
	if pick.yes(4) {
		w.now = w.instant(pick, 10, 22)
	}
	w.rule = w.makeRule(pick)
	w.coverage, w.read = w.instant(pick, 4, 10), w.instant(pick, 4, 10)
	if pick.yes(4) {
		w.coverage = time.Time{}
		if pick.yes(4) {
			w.read = time.Time{}
		}
	}
	w.renamed = pick.yes(3)
	for i := range pick(5) {
		w.truths = append(w.truths, w.makeTruth(pick, fmt.Sprint(i)))
	}
	return w
}

func (w *world) begin() time.Time { return w.around.AddDate(0, 0, -worldDays/2) }

// instant picks a minute between two days of the world; most are close to where
// something happens.
func (w *world) instant(pick picker, fromDay, toDay int) time.Time {
	from, to := w.begin().Add(time.Duration(fromDay)*24*time.Hour), w.begin().Add(time.Duration(toDay)*24*time.Hour)
	t := from.Add(time.Duration(pick((toDay-fromDay)*24*60)) * time.Minute)
	near := t
	switch pick(4) {
	case 0: // an hour of the clock
		_, m, _ := t.In(w.loc).Clock()
		near = t.Add(time.Duration(-m) * time.Minute)
	case 1: // midnight
		h, m, _ := t.In(w.loc).Clock()
		near = t.Add(time.Duration(-h*60-m) * time.Minute)
	case 2: // the change
		near = w.around.Add(time.Duration(pick(300)-150) * time.Minute)
	}
	if near.Before(from) || near.After(to) {
		return t
	}
	return near
}

func (w *world) date(pick picker, fromDay, toDay int) rules.Date {
	return rules.DateOf(w.instant(pick, fromDay, toDay).In(w.loc))
}

func (w *world) dateRanges(pick picker, n int) []rules.DateRange {
	var list []rules.DateRange
	for range n {
		first := w.date(pick, 2, 26)
		last := time.Date(first.Year, first.Month, first.Day+choose(pick, 0, 0, 1, 2, 5, 10, -1), 0, 0, 0, 0, time.UTC)
		list = append(list, rules.DateRange{First: first, Last: rules.DateOf(last)})
	}
	return list
}

func (w *world) makeWindow(pick picker) rules.Window {
	win := rules.Window{To: 24 * 60}
	if !pick.yes(3) {
		win.Weekdays = choose(pick, []time.Weekday{time.Friday}, weekdaySet(1+pick(127)), []time.Weekday{w.around.In(w.loc).Weekday()})
	}
	if pick.yes(3) {
		win.Dates = w.dateRanges(pick, 1+pick(2))
	}
	if !pick.yes(3) {
		win.From, win.To = clockOf(pick, 24*60-1), clockOf(pick, 24*60)
	}
	return win
}

func clockOf(pick picker, most int) int {
	minute := choose(pick, 0, 1, 30, 60, 90, 120, 150, 180, 22*60, 23*60, 23*60+30, 24*60, pick(24*60))
	return int(min(minute, most))
}

func (w *world) makeRule(pick picker) rules.Rule {
	r := rules.Rule{
		Name:      "rule",
		Triggered: pick.yes(3),
		Count:     choose(pick, "", rules.CountElapsed, rules.CountMidnight, rules.CountSurvived),
	}
	for range 1 + pick(3) {
		r.Forbid = append(r.Forbid, w.makeWindow(pick))
	}
	if pick.yes(3) {
		r.Since = w.date(pick, 4, 24)
	}
	if pick.yes(3) {
		r.Outcomes = []rules.Outcome{choose(pick, rules.OutcomeSuccess, rules.OutcomeFailed, rules.OutcomeNotBuilt, rules.OutcomeUnknown)}
	}
	production := exact("Production")
	if pick.yes(2) {
		r.Environments = []rules.Pattern{production, exact("77")}
	}
	if pick.yes(4) {
		r.Sources = []rules.Pattern{exact("main"), exact("retired")}
	}
	for range pick(3) {
		e := rules.Exception{Reason: "agreed"}
		if !pick.yes(3) {
			e.Dates = w.dateRanges(pick, 1)
		}
		switch pick(6) {
		case 0:
			e.ID = ptr(exact(fmt.Sprint(pick(5))))
		case 1:
			e.Version = ptr(exact("v1"))
		case 2:
			e.Environment, e.Project = &production, ptr(exact("100"))
		case 3:
			e.Source = ptr(exact(choose(pick, "main", "other")))
		}
		r.Except = append(r.Except, e)
	}
	return r
}

func exact(text string) rules.Pattern {
	p, err := rules.ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return p
}

// makeTruth makes up a deployment and writes down what it means as of now.
func (w *world) makeTruth(pick picker, id string) truth {
	d := truth{Deployment: rules.Deployment{
		ID: id, Source: "main", ProjectID: "100", Project: "Shop", EnvironmentID: "1", Environment: "Production",
		Version: choose(pick, "v1", "v2"),
	}}
	if pick.yes(4) {
		d.Source, d.EnvironmentID, d.Environment = "other", "2", "Staging"
	}
	took := func() time.Duration {
		return time.Duration(choose(pick, 0, 1, 7, 60, pick(600), pick(3*1440))) * time.Minute
	}
	executed := w.instant(pick, 7, 14)
	for executed.After(w.now) {
		executed = executed.Add(-24 * time.Hour)
	}
	started, finished := executed.Add(-took()), executed.Add(took())
	if finished.After(w.now) {
		finished = w.now
	}
	d.ran, d.Started, d.Executed, d.Finished = true, started, executed, finished
	d.start, d.end = executed, finished
	if w.rule.Triggered {
		d.start = started
	}
	d.LifeCycle, d.State, d.outcome = rules.LifeCycleFinished, rules.StateSuccess, rules.OutcomeSuccess
	if pick.yes(2) {
		d.State, d.outcome = rules.StateFailed, rules.OutcomeFailed
	}
	switch pick(13) {
	case 0: // still running
		d.LifeCycle, d.State, d.outcome = rules.LifeCycleInProgress, rules.StateUnknown, rules.OutcomeRunning
		d.end = time.Time{}
		if pick.yes(2) {
			d.Finished = time.Time{}
		}
	case 1: // waits for an agent
		d.LifeCycle, d.State, d.ran = choose(pick, rules.LifeCycleQueued, rules.LifeCyclePending), rules.StateUnknown, false
		d.Executed, d.Finished = time.Time{}, time.Time{}
	case 2: // cancelled in the queue, whatever the state says
		d.LifeCycle, d.State, d.ran = rules.LifeCycleNotBuilt, choose(pick, rules.StateUnknown, rules.StateFailed, rules.StateSuccess), false
		d.Executed = time.Time{}
	case 3: // cancelled while an agent was at it
		d.LifeCycle, d.State, d.outcome = rules.LifeCycleNotBuilt, rules.StateUnknown, rules.OutcomeNotBuilt
	case 4: // ended before it began
		d.Executed, d.Finished = finished, executed
		d.start, d.end = executed, finished
		if w.rule.Triggered { // started is before both
			d.start, d.end = started, executed
		}
	case 5: // no agent's date
		d.Executed = time.Time{}
		d.start = started
	case 6: // no end
		d.Finished = time.Time{}
		d.end = executed
	case 7: // words of another server
		d.LifeCycle, d.State, d.outcome = "", "MAYBE", rules.OutcomeUnknown
	case 8: // only the result and its end
		d.Started, d.Executed, d.LifeCycle = time.Time{}, time.Time{}, ""
		d.start = finished
	case 9: // ends after now, which nobody knows yet
		d.Finished = w.now.Add(time.Minute + took())
		d.outcome, d.end = rules.OutcomeRunning, time.Time{}
	case 11: // seen running, and then denied
		d.Denied, d.SeenRunning = true, finished
		d.LifeCycle, d.State = choose(pick, rules.LifeCycleInProgress, rules.LifeCycleFinished), rules.StateUnknown
		if pick.yes(3) {
			d.Finished, d.end = time.Time{}, executed
		}
	case 10: // begins after now
		d.Executed = w.now.Add(time.Minute)
		d.Finished = d.Executed.Add(took())
		d.ran = false
	}
	if d.ran && !d.Denied && pick.yes(4) {
		d.earlier = []rules.Outcome{choose(pick, rules.OutcomeSuccess, rules.OutcomeFailed, rules.OutcomeNotBuilt, rules.OutcomeUnknown)}
		d.Outcomes = d.Outcomes.With(d.earlier[0])
	}
	return d
}

func (w *world) environments() []rules.Environment {
	list := []rules.Environment{
		{Source: "other", ID: "2", Name: "Staging", Exhausted: true},
		{Source: "main", ID: "1", Name: "Production", CompleteFrom: w.coverage, Exhausted: w.coverage.IsZero(), FirstRead: w.read},
		{Source: "main", ID: "3", Name: "Production", Exhausted: true},
	}
	if w.renamed {
		list[1].Name, list[1].FormerNames = "Live", []string{"Test", "Production"}
	}
	for i := range list {
		list[i].ProjectID, list[i].Project = "100", "Shop"
		for _, t := range w.truths {
			if t.EnvironmentID == list[i].ID {
				list[i].Deployments = append(list[i].Deployments, t.Deployment)
			}
		}
	}
	return list
}

// oracle returns the one of the world, which tells the environments by all their names.
func (w *world) oracle() *oracle {
	o := newOracle(w.rule, w.loc, w.begin(), worldDays*24*60)
	o.environments = map[string][]string{"1": {"1", "Production"}, "2": {"2", "Staging"}, "3": {"3", "Production"}}
	if w.renamed {
		o.environments["1"] = []string{"1", "Live", "Test", "Production"}
	}
	return o
}

// String writes a world so that a failure can be read and repeated.
func (w *world) String() string {
	text := fmt.Sprintf("zone %s, around %s\nnow %s, coverage %s\ntriggered %v, count %q, since %q, outcomes %v, sources %v, environments %v\n",
		w.loc, w.around.In(w.loc), w.now.In(w.loc), w.coverage.In(w.loc), w.rule.Triggered, w.rule.Count, w.rule.Since, w.rule.Outcomes, w.rule.Sources, w.rule.Environments)
	for _, win := range w.rule.Forbid {
		text += fmt.Sprintf("forbid %v %v %02d:%02d-%02d:%02d\n", win.Weekdays, win.Dates, win.From/60, win.From%60, win.To/60, win.To%60)
	}
	for _, e := range w.rule.Except {
		text += fmt.Sprintf("except id %v version %v source %v environment %v dates %v\n", e.ID, e.Version, e.Source, e.Environment, e.Dates)
	}
	for _, t := range w.truths {
		text += fmt.Sprintf("%s %s %s in %s, %s %q: started %s, executed %s, finished %s\n", t.ID, t.Version, t.outcome, t.Environment, t.State, t.LifeCycle,
			t.Started.In(w.loc), t.Executed.In(w.loc), t.Finished.In(w.loc))
	}
	return text
}

// A failer is a test or a property.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// check compares everything that a compiled says with the oracle.
func (w *world) check(tb failer, pick picker) {
	tb.Helper()
	o := w.oracle()
	c := rules.Compile(w.rule, w.loc)
	w.checkInstants(tb, pick, o, c)
	w.checkNextOccurrence(tb, o, c, w.now)
	w.checkNextOccurrence(tb, o, c, w.instant(pick, 8, 20))
	for _, d := range w.truths {
		at, atEnd, ok := o.breach(d, w.now)
		ok = ok && !o.ignored(at, atEnd)
		b, broke := c.Breach(&d.Deployment, w.environment(d.EnvironmentID), w.now)
		if !ok {
			b, atEnd = rules.Breach{At: at}, false
		}
		if broke != ok || !b.At.Equal(at) || b.WindowEnd != atEnd || b.Running != (ok && d.end.IsZero()) {
			tb.Fatalf("breach of %s: got %v at %v, want %v at %v\n%s", d.ID, broke, b.At, ok, at.In(w.loc), w)
		}
	}
	w.checkStreak(tb, pick, o, c)
	w.checkHistory(tb, o, c)
	w.checkDays(tb, o, c)
	w.checkExplanation(tb, o, c)
}

// environment returns the one of an id.
func (w *world) environment(id string) *rules.Environment {
	list := w.environments()
	return &list[slices.IndexFunc(list, func(e rules.Environment) bool { return e.ID == id })]
}

func (w *world) checkInstants(tb failer, pick picker, o *oracle, c *rules.Compiled) {
	tb.Helper()
	plain := !slices.ContainsFunc(w.rule.Except, onlyDates)
	for range 8 {
		t := w.instant(pick, 1, 27)
		occurrence, ok := c.NextOccurrence(t)
		if got, want := ok && !occurrence.Start.After(t), o.inForce(t) && o.forbidden(t); got != want {
			tb.Fatalf("forbidden at %s: got %v, want %v\n%s", t.In(w.loc), got, want, w)
		}
		if !plain {
			continue
		}
		got, edge := rules.MatchWindows(w.rule.Forbid, w.loc, t)
		if want := o.forbidden(t); got != want {
			tb.Fatalf("match at %s: got %v, want %v\n%s", t.In(w.loc), got, want, w)
		}
		if want, known := o.change(t); known && !edge.Equal(want) || !known && !edge.IsZero() && edge.Before(want) {
			tb.Fatalf("edge after %s: got %s, want %s\n%s", t.In(w.loc), edge, want.In(w.loc), w)
		}
	}
}

// change returns the next minute after t at which forbidden changes; if it does
// not within the world, the world's end and false.
func (o *oracle) change(t time.Time) (time.Time, bool) {
	was := o.forbidden(t)
	for i := o.index(t); i < len(o.minutes); i++ {
		if o.minutes[i].forbidden != was {
			return o.at(i), true
		}
	}
	return o.at(len(o.minutes)), false
}

func (w *world) checkNextOccurrence(tb failer, o *oracle, c *rules.Compiled, now time.Time) {
	tb.Helper()
	got, ok := c.NextOccurrence(now)
	fail := func(want string) {
		tb.Helper()
		tb.Fatalf("window at %s: got %s to %s (%v), want %s\n%s", now.In(w.loc), got.Start, got.End, ok, want, w)
	}
	if now.Before(o.since()) {
		now = o.since()
	}
	first := o.index(now)
	for first < len(o.minutes) && !o.minutes[first].forbidden {
		first++
	}
	if first == len(o.minutes) {
		if ok && got.Start.Before(o.at(first)) {
			fail("none in this world")
		}
		return
	}
	end := first
	for end < len(o.minutes) && o.minutes[end].forbidden {
		end++
	}
	for first > 0 && o.minutes[first-1].forbidden && o.at(first).After(o.since()) {
		first--
	}
	switch {
	case !ok:
		fail("one")
	case first > 0 && !got.Start.Equal(o.at(first)), first == 0 && got.Start.After(o.from):
		fail("start " + o.at(first).In(w.loc).String())
	case end < len(o.minutes) && !got.End.Equal(o.at(end)), end == len(o.minutes) && !got.End.IsZero() && got.End.Before(o.at(end)):
		fail("end " + o.at(end).In(w.loc).String())
	}
}

func (w *world) checkStreak(tb failer, pick picker, o *oracle, c *rules.Compiled) {
	tb.Helper()
	environments := w.environments()
	got := streak(c, environments, w.now)
	state := func(t time.Time) string {
		if !o.inForce(t) {
			return "not in force"
		}
		weeks, days, r := w.number(o, t)
		return fmt.Sprintf("%dw %dd by nothing %v, forbidden %v", weeks, days, r.by == "nothing", o.forbidden(t))
	}
	if got.InForce != o.inForce(w.now) {
		tb.Fatalf("in force: got %v\n%s", got.InForce, w)
	}
	if got.InForce {
		weeks, days, want := w.number(o, w.now)
		by := "since"
		switch {
		case !got.Known:
			by = "nothing"
		case got.Breach != nil:
			by = got.Breach.Deployment.ID
		case got.AtLeast:
			by = "~coverage"
		}
		if got.Weeks != weeks || got.Days != days || !got.Since.Equal(want.start) || by != want.by {
			tb.Fatalf("streak: got %s (%s), want %dw %dd since %s (%s)\n%s", show(got), by, weeks, days, want.start.In(w.loc), want.by, w)
		}
	} else if got.Known {
		tb.Fatalf("not in force: got %s\n%s", show(got), w)
	}

	// Nothing may change before the next change.
	next := c.NextChange(got, environments, w.now)
	until := o.at(len(o.minutes))
	if !next.IsZero() && next.Before(until) {
		until = next
	}
	if !until.After(w.now) {
		tb.Fatalf("next change: got %s, want one after now\n%s", next, w)
	}
	between := int(until.Sub(w.now) / time.Minute)
	for _, t := range []time.Time{until.Add(-time.Minute), w.now.Add(time.Duration(pick(between)) * time.Minute)} {
		if state(t) != state(w.now) {
			tb.Fatalf("next change: got %s, but %s is before it: %s, and now %s\n%s", next, t.In(w.loc), state(t), state(w.now), w)
		}
	}
	may := slices.ContainsFunc(w.rule.Except, func(e rules.Exception) bool { return e.Dates != nil })
	if until.Equal(c.NextChange(got, nil, w.now)) && !may && state(until) == state(w.now) {
		tb.Fatalf("next change: got %s, but nothing changes: %s\n%s", next, state(until), w)
	}
}

// number is what the oracle says as of an instant.
func (w *world) number(o *oracle, now time.Time) (weeks, days int, r ruling) {
	r = o.decide(w.truths, w.coverage, w.read, now)
	if r.by != "nothing" {
		weeks, days = o.count(r, now)
	}
	return weeks, days, r
}
