package rules_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after string // windows and since; "": no such rule
		want          string
	}{
		{"thursday too", "Fri", "Thu,Fri", "gained 1 at 03-05; 2w -> 2w, record 9w -> 9w"},
		{"thursday instead", "Fri", "Thu", "gained 1 at 03-05; lost 2 at 03-06; 2w -> 2w, record 9w -> 9w"},
		{"later", "Fri", "Fri since 2026-03-10", "lost 2 at 03-06; 2w -> 2w, record 9w -> 2w"},
		{"earlier", "Fri since 2026-03-10", "Fri", "gained 2 at 03-06; 2w -> 2w, record 2w -> 9w"},
		{"later, and moved there", "Thu", "Fri since 2026-03-10", "lost 1 at 03-05; 2w -> 2w, record 9w -> 2w"},
		{"not yet in force", "Fri", "Fri since 2026-04-10", "lost 3 at 03-13; lost 2 at 03-06; gone 2w"},
		{"the same", "Fri", "Fri", "2w -> 2w, record 9w -> 9w"},
		{"a new rule", "", "Fri", "gained 3 at 03-13; gained 2 at 03-06; new 2w, record 9w"},
		{"a rule that goes", "Fri", "", "lost 3 at 03-13; lost 2 at 03-06; gone 2w"},
		{"no rule", "", "", "nothing"},
	} {
		now := local(t, time.UTC, "2026-03-29 00:00")
		environments := production(t, "2026-01-01", deploymentsOf(t, time.UTC,
			"1 2026-03-05 10:00 / 2026-03-05 10:05", "2 2026-03-06 10:00 / 2026-03-06 10:05",
			"3 2026-03-12 23:00 / 2026-03-13 01:00", "4 2026-03-10 10:00 / 2026-03-10 10:05")...)
		compiled := func(text string) *rules.Compiled {
			if text == "" {
				return nil
			}
			forbid, since, ok := strings.Cut(text, " since ")
			r := rules.Rule{Forbid: windows(t, forbid)}
			if ok {
				r.Since = date(t, since)
			}
			return rules.Compile(r, time.UTC)
		}
		d := compare(compiled(c.before), compiled(c.after), environments, now)
		var got []string
		for _, change := range changesOf(d) {
			got = append(got, fmt.Sprintf("%s %s at %s", change.kind, change.Deployment.ID, change.At.Format("01-02")))
		}
		switch {
		case !d.Before.Known && !d.After.Known:
			got = append(got, "nothing")
		case !d.Before.Known:
			got = append(got, fmt.Sprintf("new %dw, record %dw", d.After.Current.Weeks, d.After.Record.Weeks))
		case !d.After.Known:
			got = append(got, fmt.Sprintf("gone %dw", d.Before.Current.Weeks))
		default:
			got = append(got, fmt.Sprintf("%dw -> %dw, record %dw -> %dw", d.Before.Current.Weeks, d.After.Current.Weeks, d.Before.Record.Weeks, d.After.Record.Weeks))
		}
		if got := strings.Join(got, "; "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// A difference is what another rule changes.
type difference struct {
	Before, After rules.History
	Gained, Lost  []rules.Breach
}

func compare(before, after *rules.Compiled, environments []rules.Environment, now time.Time) (d difference) {
	for _, h := range []struct {
		*rules.Compiled
		history *rules.History
	}{{before, &d.Before}, {after, &d.After}} {
		if h.Compiled != nil {
			*h.history = history(h.Compiled, environments, now)
		}
	}
	d.Gained, d.Lost = rules.Compare(before, after, environments, now)
	return d
}

// A changed is a breach that a difference has.
type changed struct {
	rules.Breach
	kind string
}

// changesOf returns both lists of a difference as one.
func changesOf(d difference) []changed {
	var all []changed
	for _, list := range []struct {
		kind     string
		breaches []rules.Breach
	}{{"gained", d.Gained}, {"lost", d.Lost}} {
		for _, b := range list.breaches {
			all = append(all, changed{b, list.kind})
		}
	}
	return all
}

// Of breaches at the same instant, one that runs comes first, then the smallest id,
// environment, and the earliest start: two runs may share an id.
func TestCompareOrder(t *testing.T) {
	now := local(t, time.UTC, "2026-03-13 10:05")
	list := deploymentsOf(t, time.UTC,
		"1 2026-03-13 10:01 / 2026-03-13 10:05", "1 2026-03-13 10:00 / 2026-03-13 10:05", "5 2026-03-13 09:00",
		"2 2026-03-13 10:00 / 2026-03-13 10:05", "7 2026-03-13 10:00 / 2026-03-13 10:04")
	environments := append(production(t, "2026-01-01", list...), rules.Environment{ID: "0", Exhausted: true, Deployments: deploymentsOf(t, time.UTC, "2 2026-03-13 10:00 / 2026-03-13 10:05")})
	environments[1].Deployments[0].EnvironmentID = "0"
	var got []string
	for range 2 {
		for _, b := range compare(nil, fridays(), environments, now).Gained {
			got = append(got, fmt.Sprintf("%s/%s %s", b.Deployment.EnvironmentID, b.Deployment.ID, b.First.Format("15:04")))
		}
		slices.Reverse(environments)
		slices.Reverse(list)
	}
	want := []string{"1/5 09:00", "1/1 10:00", "1/1 10:01", "0/2 10:00", "1/2 10:00", "1/7 10:00"}
	if diff := gocmp.Diff(append(want, want...), got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if s := streak(fridays(), environments, now); s.Breach.Deployment.ID != "5" {
		t.Errorf("decides: got %s, want 5", s.Breach.Deployment.ID)
	}
}

// Two runs that share an id are two, also when only one of them breaks the other rule.
func TestCompareRunsOfOneID(t *testing.T) {
	now := local(t, time.UTC, "2026-03-29 00:00")
	environments := production(t, "2026-01-01", deploymentsOf(t, time.UTC, "1 2026-03-05 10:00 / 2026-03-05 10:05", "1 2026-03-06 10:00 / 2026-03-06 10:05")...)
	d := compare(fridays(), rules.Compile(rules.Rule{Forbid: windows(t, "Thu")}, time.UTC), environments, now)
	if len(d.Gained) != 1 || len(d.Lost) != 1 {
		t.Errorf("difference: got %d gained, %d lost, want 1, 1", len(d.Gained), len(d.Lost))
	}
}

// Two sources may have the same ids.
func TestCompareSources(t *testing.T) {
	now := local(t, time.UTC, "2026-03-29 00:00")
	var environments []rules.Environment
	for _, c := range []struct{ source, run string }{{"b", "1 2026-03-06 10:00 / 2026-03-06 10:05"}, {"a", "1 2026-03-06 10:00 / 2026-03-06 10:05"}} {
		d := run(t, time.UTC, c.run)
		d.Source = c.source
		environments = append(environments, rules.Environment{Source: c.source, ID: "1", CompleteFrom: d.Started, Deployments: []rules.Deployment{d}})
	}
	for range 2 {
		d := compare(fridays(), nil, environments, now)
		if len(d.Lost) != 2 || d.Lost[0].Deployment.Source != "a" || d.Lost[1].Deployment.Source != "b" {
			t.Errorf("lost: got %+v, want those of a and b", d.Lost)
		}
		if d = compare(fridays(), rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Except: []rules.Exception{{Version: ptr(pattern(t, "x"))}}}, time.UTC), environments, now); d.Gained != nil || d.Lost != nil {
			t.Errorf("the same: got %+v, want no changes", d)
		}
		slices.Reverse(environments)
	}
}

// allChanges judges each deployment by both rules, one after the other.
func allChanges(before, after *rules.Compiled, environments []rules.Environment, now time.Time) []changed {
	var all []changed
	breach := func(c *rules.Compiled, d *rules.Deployment, e *rules.Environment) (rules.Breach, bool) {
		if c == nil {
			return rules.Breach{}, false
		}
		b, ok := c.Breach(d, e, now)
		return b, ok && b.Date().String() >= c.Rule().Since.String()
	}
	for i := range environments {
		e := &environments[i]
		for k := range e.Deployments {
			was, broke := breach(before, &e.Deployments[k], e)
			is, breaks := breach(after, &e.Deployments[k], e)
			switch {
			case breaks && !broke:
				all = append(all, changed{is, "gained"})
			case broke && !breaks:
				all = append(all, changed{was, "lost"})
			}
		}
	}
	slices.SortFunc(all, func(a, b changed) int {
		running := map[bool]int{true: 0, false: 1}
		return cmp.Or(
			strings.Compare(a.kind, b.kind),
			b.At.Compare(a.At),
			running[a.Running]-running[b.Running],
			strings.Compare(a.Deployment.ID, b.Deployment.ID),
			strings.Compare(a.Deployment.EnvironmentID, b.Deployment.EnvironmentID),
		)
	})
	return all
}

// checkCompare counts the changes, those that run too.
func checkCompare(tb failer, before, after *rules.Compiled, environments []rules.Environment, now time.Time, counts map[string]int, more any) {
	tb.Helper()
	want := allChanges(before, after, environments, now)
	d := compare(before, after, environments, now)
	if diff := gocmp.Diff(want, changesOf(d), gocmp.AllowUnexported(changed{})); diff != "" {
		tb.Fatalf("changes (-want +got):\n%s\n%s", diff, more)
	}
	for _, c := range want {
		counts[fmt.Sprintf("%s, running %v", c.kind, c.Running)]++
	}
}

func TestCompareWorlds(t *testing.T) {
	names := allZones(t)
	counts := map[string]int{}
	property := func(t *rapid.T) {
		pick := picker(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
		loc, err := time.LoadLocation(names[pick(len(names))])
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(pick, loc, time.Date(2026, time.January, 1+pick(365), 0, 0, 0, 0, time.UTC))
		for i := range pick(12) {
			d := w.makeTruth(pick, fmt.Sprint(i)) // perhaps an id of another environment
			d.EnvironmentID = choose(pick, "1", "3")
			if !slices.ContainsFunc(w.truths, func(o truth) bool { return o.ID == d.ID && o.EnvironmentID == d.EnvironmentID }) {
				w.truths = append(w.truths, d)
			}
		}
		both := [2]*rules.Compiled{rules.Compile(w.rule, loc), rules.Compile(w.changedRule(pick), loc)}
		if pick.yes(8) {
			both[pick(2)] = nil
		}
		checkCompare(t, both[0], both[1], w.environments(), w.now, counts, w)
	}
	// A hundred worlds mostly have some of each change; the next hundred do.
	for range 20 {
		rapid.Check(t, property)
		if unseen(counts) == "" {
			return
		}
	}
	t.Errorf("changes seen: got no %s, want some of each: %v", unseen(counts), counts)
}

// unseen returns a kind of change that did not occur, "" if all did.
func unseen(counts map[string]int) string {
	for _, kind := range []string{"gained", "lost"} {
		for _, running := range []bool{false, true} {
			if what := fmt.Sprintf("%s, running %v", kind, running); counts[what] == 0 {
				return what
			}
		}
	}
	return ""
}

// changedRule returns another rule, or the world's with one thing changed.
func (w *world) changedRule(pick picker) rules.Rule {
	r, other := w.rule, w.makeRule(pick)
	switch pick(6) {
	case 0:
		return other
	case 1:
		r.Since = other.Since
	case 2:
		r.Except = other.Except
	case 3:
		r.Outcomes, r.Environments = other.Outcomes, other.Environments
	case 4:
		r.Triggered = other.Triggered
	default:
		r.Forbid = slices.Clone(r.Forbid)
		win := &r.Forbid[pick(len(r.Forbid))]
		win.From, win.To = clockOf(pick, 24*60-1), clockOf(pick, 24*60)
	}
	return r
}

// Many deployments, of which each rule breaks some.
func TestCompareMany(t *testing.T) {
	loc := location(t, "America/Los_Angeles")
	now := local(t, loc, "2026-12-01 10:00")
	rnd := rand.New(rand.NewPCG(*seed, 0))
	before := rules.Compile(rules.Rule{Forbid: windows(t, "Fri 00:00-12:00; Mon")}, loc)
	after := rules.Compile(rules.Rule{Forbid: windows(t, "Fri 06:00-18:00; Mon,Tue 22:00-06:00"), Since: date(t, "2021-01-01")}, loc)
	environments := append(production(t, "2020-01-01"), rules.Environment{ID: "2", Name: "Production EU", Exhausted: true})
	for i := range 3000 {
		start := local(t, loc, "2020-01-01 00:00").Add(time.Duration(rnd.IntN(2500*24*60)) * time.Minute)
		d := deployment(fmt.Sprint(i/2), start, start.Add(time.Duration(rnd.IntN(3*24*60))*time.Minute))
		e := &environments[i%2]
		d.EnvironmentID, d.Environment = e.ID, e.Name
		e.Deployments = append(e.Deployments, d)
	}
	counts := map[string]int{}
	checkCompare(t, before, after, environments, now, counts, "")
	if counts["gained, running false"] < 200 || counts["lost, running false"] < 200 {
		t.Errorf("changes: got %v, want at least 200 gained and lost", counts)
	}
}

// Another rule for 20000 deployments.
func BenchmarkCompare(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	now := local(b, loc, "2026-12-01 10:00")
	environments := deployments(20_000, local(b, loc, "2018-01-01 10:00"))
	before := rules.Compile(rules.Rule{Forbid: windows(b, "Fri")}, loc)
	after := rules.Compile(rules.Rule{Forbid: windows(b, "Fri 00:00-12:00; Mon")}, loc)
	b.ReportAllocs()
	for b.Loop() {
		if gained, _ := rules.Compare(before, after, environments, now); gained == nil {
			b.Fatal("not known")
		}
	}
}
