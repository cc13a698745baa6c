package facts_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// day reads "13 16:40", which is of March 2026 in UTC (the 13th is a Friday), or a whole
// date and time; "" is the zero Time.
func day(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01 02 15:04", "2006-01 02 15:04:05", "2006-01 " + time.RFC3339} {
		if t, err := time.Parse(layout, "2026-03 "+text); err == nil {
			return t
		}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// ran is a deployment to environment 1 that ended; state is success, failed, unknown or
// not_built.
func ran(id, executed, finished, state string) rules.Deployment {
	d := rules.Deployment{
		ID: id, EnvironmentID: "1", Environment: "Production", Project: "Shop", ProjectID: "9", Version: "v" + id,
		Started: day(executed), Executed: day(executed), Finished: day(finished),
		State: rules.State(strings.ToUpper(state)), LifeCycle: rules.LifeCycleFinished,
	}
	if state == "not_built" {
		d.State, d.LifeCycle = rules.StateUnknown, rules.LifeCycleNotBuilt
	}
	return d
}

// running is a deployment that an agent works on.
func running(id, executed string) rules.Deployment {
	d := ran(id, executed, "", "unknown")
	d.LifeCycle = rules.LifeCycleInProgress
	return d
}

// queued is a deployment that no agent works on yet.
func queued(id, started string) rules.Deployment {
	d := running(id, started)
	d.Executed, d.LifeCycle = time.Time{}, rules.LifeCycleQueued
	return d
}

// cancelled is a deployment that was cancelled before an agent began.
func cancelled(id, started string) rules.Deployment {
	d := ran(id, started, "", "not_built")
	d.Executed = time.Time{}
	return d
}

// of is a deployment to another environment.
func of(environment string, d rules.Deployment) rules.Deployment {
	d.EnvironmentID, d.Environment = environment, "E"+environment
	return d
}

// environment is one that was read whole, to the end of its list.
func environment(id, from string) source.Environment {
	name := "E" + id
	if id == "1" {
		name = "Production"
	}
	return source.Environment{
		Environment: rules.Environment{ID: id, Name: name, ProjectID: "9", Project: "Shop"},
		Reading:     source.ReadWhole, From: day(from), Exhausted: true,
	}
}

// A step is a poll; what is not said is as by default.
type step struct {
	at     string
	list   []rules.Deployment
	change func(*facts.Poll)
}

func poll(at string, list ...rules.Deployment) step { return step{at: at, list: list} }

// with changes the step's poll.
func (s step) with(change func(*facts.Poll)) step {
	before := s.change
	s.change = func(p *facts.Poll) {
		if before != nil {
			before(p)
		}
		change(p)
	}
	return s
}

// from sets the instant from which environment 1 is complete.
func (s step) from(at string) step {
	return s.with(func(p *facts.Poll) { p.Answer.Environments[0].From = day(at) })
}

// file makes the answer that of one list.
func (s step) file() step { return s.with(func(p *facts.Poll) { p.Answer.OneList = true }) }

// vanished says that ids of environment 1 are there no more.
func (s step) vanished(ids ...string) step {
	return s.with(func(p *facts.Poll) {
		for _, id := range ids {
			p.Answer.Vanished = append(p.Answer.Vanished, source.Ref{EnvironmentID: "1", ID: id})
		}
	})
}

// listed sets the environments.
func (s step) listed(list ...source.Environment) step {
	return s.with(func(p *facts.Poll) { p.Answer.Environments = list })
}

func (s step) poll() facts.Poll {
	began := day(s.at)
	var oldest string
	for _, d := range s.list {
		if start := d.Start(); d.Ran() && !start.After(began.Add(5*time.Minute)) && start.Year() >= 2000 && (oldest == "" || start.Before(day(oldest))) {
			oldest = start.Format(time.RFC3339)
		}
	}
	p := facts.Poll{
		Answer: source.Answer{Listed: true, Environments: []source.Environment{environment("1", oldest)}, Deployments: s.list},
		Began:  began, Now: began.Add(2 * time.Second), Interval: time.Hour, Room: 1000,
	}
	if s.change != nil {
		s.change(&p)
	}
	return p
}

// merge merges a poll, and checks what holds for every merge: it does not change what it
// was given, and merging it again changes nothing.
func merge(tb fataler, known source.Known, p facts.Poll) (source.Known, source.Changes, []source.Note) {
	tb.Helper()
	before := deepCopy(known)
	next, changes, notes := facts.Merge(known, p)
	if !reflect.DeepEqual(before, known) {
		tb.Fatalf("Merge changed what it was given:\n%s\nwant\n%s", show(&known, p.Now), show(&before, p.Now))
	}
	checkChanges(tb, &before, &next, &changes)
	p.Room -= count(&next) - count(&before)
	again, repeated, told := facts.Merge(next, p)
	if !repeated.Empty() {
		tb.Fatalf("merged again, it changes %+v, in\n%s", repeated, show(&next, p.Now))
	}
	if !reflect.DeepEqual(again, next) {
		tb.Fatalf("merged again, it is\n%s\nwant\n%s", show(&again, p.Now), show(&next, p.Now))
	}
	if told != nil {
		tb.Fatalf("merged again, it tells %+v", told)
	}
	return next, changes, notes
}

// count returns how many deployments are known.
func count(k *source.Known) (n int) {
	for _, e := range k.Environments {
		n += len(e.Deployments)
	}
	return n
}

// checkChanges checks that the changes, written to what was stored before, make what is
// known now.
func checkChanges(tb fataler, before, next *source.Known, c *source.Changes) {
	tb.Helper()
	type key struct {
		environment, id string
		start           int64
	}
	keyOf := func(d *rules.Deployment) key { return key{d.EnvironmentID, d.ID, d.Start().Unix()} }
	stored := map[key]rules.Deployment{}
	for _, e := range before.Environments {
		for _, d := range e.Deployments {
			stored[keyOf(&d)] = d
		}
	}
	for _, d := range c.Dropped {
		if was := stored[keyOf(&d)]; was.Ran() {
			tb.Fatalf("a run was dropped: %+v", d)
		}
		delete(stored, keyOf(&d))
	}
	for _, d := range c.Runs {
		stored[keyOf(&d)] = d
	}
	n := 0
	for _, e := range next.Environments {
		if !slices.IsSortedFunc(e.Deployments, source.CompareRuns) {
			tb.Fatalf("the deployments of %s are not in order", e.ID)
		}
		for _, d := range e.Deployments {
			n++
			if have, ok := stored[keyOf(&d)]; !ok || !reflect.DeepEqual(have, d) {
				tb.Fatalf("%+v is known and not written: written is %+v", d, have)
			}
		}
		was := before.Environment(e.ID)
		now := e
		now.Deployments, now.Read = nil, time.Time{}
		if was != nil {
			old := *was
			old.Deployments, old.Read = nil, time.Time{}
			if reflect.DeepEqual(old, now) == slices.Contains(c.Environments, e.ID) {
				tb.Fatalf("environment %s was\n%+v\nand is\n%+v, written: %v", e.ID, old, now, c.Environments)
			}
		} else if !slices.Contains(c.Environments, e.ID) {
			tb.Fatalf("environment %s is new and not written", e.ID)
		}
	}
	if n != len(stored) {
		tb.Fatalf("%d deployments are stored, and %d known", len(stored), n)
	}
	if source := before.FirstRead != next.FirstRead || before.Selection != next.Selection || (before.Failure == "") != (next.Failure == ""); source != c.Source {
		tb.Fatalf("Changes.Source = %v, want %v", c.Source, source)
	}
}

// deepCopy copies what is known, with everything that it holds.
func deepCopy(k source.Known) source.Known {
	k.Environments = slices.Clone(k.Environments)
	for i := range k.Environments {
		e := &k.Environments[i]
		e.Deployments = slices.Clone(e.Deployments)
		e.Unusable = slices.Clone(e.Unusable)
		e.FormerNames = slices.Clone(e.FormerNames)
		e.FormerProjects = slices.Clone(e.FormerProjects)
	}
	return k
}

// show writes what is known of each environment, a line for each, as of now.
func show(k *source.Known, now time.Time) string {
	var lines []string
	for i := range k.Environments {
		e := &k.Environments[i]
		line := e.ID
		word := func(is bool, format string, args ...any) {
			if is {
				line += " " + fmt.Sprintf(format, args...)
			}
		}
		word(e.CompleteFrom.IsZero() && !e.Exhausted, "incomplete")
		word(e.CompleteFrom.IsZero() && e.Exhausted, "unlimited")
		word(!e.CompleteFrom.IsZero(), "from %s", short(e.CompleteFrom))
		word(e.Partial, "partial")
		word(e.Gone, "gone")
		word(e.Retired, "retired")
		word(e.FormerNames != nil, "was %s", strings.Join(e.FormerNames, " "))
		word(e.FormerProjects != nil, "of %s", strings.Join(e.FormerProjects, " "))
		for _, u := range e.Unusable {
			word(true, "bad %s.%s", u.ID, u.Field)
		}
		for _, r := range facts.Stale(k, func(x *rules.Environment) bool { return x.ID == e.ID }, nobody, now, 2*time.Hour) {
			word(true, "!%s", r.Kind)
		}
		for _, d := range e.Deployments {
			line += "; " + showRun(&d)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func nobody(*rules.Environment, string) bool { return false }

func showRun(d *rules.Deployment) string {
	how := string(d.Outcome())
	switch {
	case d.Denied:
		how = "denied"
	case !d.Ran():
		how = "never ran"
	}
	for _, o := range []rules.Outcome{rules.OutcomeSuccess, rules.OutcomeFailed, rules.OutcomeNotBuilt, rules.OutcomeUnknown} {
		if d.Outcomes.Has(o) && o != d.Outcome() {
			how += "+" + string(o)
		}
	}
	end := ""
	if !d.Finished.IsZero() {
		end = short(d.Finished)
	}
	return fmt.Sprintf("%s %s-%s %s", d.ID, short(d.Start()), end, how)
}

func short(t time.Time) string {
	if t.Year() == 2026 && t.Month() == time.March {
		return t.UTC().Format("02T15:04")
	}
	return t.UTC().Format("2006-01-02T15:04")
}

// fataler is a test of package testing or rapid.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}
