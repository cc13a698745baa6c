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
		{"thursday instead", "Fri", "Thu", "moved 3 at 03-13; lost 2 at 03-06; gained 1 at 03-05; 2w -> 2w, record 9w -> 9w"},
		{"later", "Fri", "Fri since 2026-03-10", "lost 2 at 03-06; 2w -> 2w, record 9w -> 2w"},
		{"earlier", "Fri since 2026-03-10", "Fri", "gained 2 at 03-06; 2w -> 2w, record 2w -> 9w"},
		{"later, and moved there", "Thu", "Fri since 2026-03-10", "moved 3 at 03-13; lost 1 at 03-05; 2w -> 2w, record 9w -> 2w"},
		{"the same", "Fri", "Fri", "2w -> 2w, record 9w -> 9w"},
		{"a new rule", "", "Fri", "gained 3 at 03-13; gained 2 at 03-06; new 2w, record 9w"},
		{"a rule that goes", "Fri", "", "lost 3 at 03-13; lost 2 at 03-06; gone 2w"},
		{"no rule", "", "", "nothing"},
	} {
		now := local(t, time.UTC, "2026-03-29 00:00")
		ledger := func(text string) *rules.Ledger {
			if text == "" {
				return nil
			}
			forbid, since, ok := strings.Cut(text, " since ")
			r := rules.Rule{Forbid: windows(t, forbid)}
			if ok {
				r.Since = date(t, since)
			}
			return told(t, rules.NewJudge(r, time.UTC), time.UTC, now,
				"1 2026-03-05 10:00 / 2026-03-05 10:05", "2 2026-03-06 10:00 / 2026-03-06 10:05",
				"3 2026-03-12 23:00 / 2026-03-13 01:00", "4 2026-03-10 10:00 / 2026-03-10 10:05")
		}
		before, after := ledger(c.before), ledger(c.after)
		var got []string
		counts := map[rules.Change]int{}
		for b, change := range rules.Changes(before, after, now) {
			got = append(got, fmt.Sprintf("%s %s at %s", change, b.Deployment.ID, b.At.Format("01-02")))
			counts[change]++
		}
		d := rules.Compare(before, after, production(t, "2026-01-01"), now)
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
		if d.Gained != counts[rules.ChangeGained] || d.Lost != counts[rules.ChangeLost] || d.Moved != counts[rules.ChangeMoved] {
			t.Errorf("%s: got %d gained, %d lost, %d moved; want %v", c.name, d.Gained, d.Lost, d.Moved, counts)
		}
	}
}

// A ledger that is ahead brings the other one along.
func TestCompareAsOfTheLatest(t *testing.T) {
	now := local(t, time.UTC, "2026-03-12 10:00")
	before := told(t, fridays(), time.UTC, now, "7 2026-03-12 09:00")
	after := told(t, fridays(), time.UTC, now.AddDate(0, 0, 1), "7 2026-03-12 09:00")
	d := rules.Compare(before, after, production(t, "2026-01-01"), now)
	if want := (rules.Difference{Before: d.After, After: d.After}); gocmp.Diff(want, d) != "" {
		t.Errorf("difference: got %+v, want none", d)
	}
}

// One that runs comes before one that ended now, in both.
func TestCompareOfTheSameInstant(t *testing.T) {
	now := local(t, time.UTC, "2026-03-13 10:05")
	rule := rules.Rule{Forbid: windows(t, "Fri"), Except: []rules.Exception{{ID: ptr(pattern(t, "5")), Reason: "agreed"}}}
	before := told(t, rules.NewJudge(rule, time.UTC), time.UTC, now, "1 2026-03-13 10:00 / 2026-03-13 10:05", "5 2026-03-13 09:00")
	after := told(t, fridays(), time.UTC, now, "1 2026-03-13 10:00 / 2026-03-13 10:05", "5 2026-03-13 09:00")
	for _, c := range []struct {
		before, after *rules.Ledger
		want          rules.Change
	}{{before, after, rules.ChangeGained}, {after, before, rules.ChangeLost}} {
		var got []string
		for b, change := range rules.Changes(c.before, c.after, now) {
			got = append(got, fmt.Sprintf("%s %s", change, b.Deployment.ID))
		}
		if want := fmt.Sprintf("%s 5", c.want); strings.Join(got, "; ") != want {
			t.Errorf("changes: got %s, want %s", got, want)
		}
	}
}

// A changed is what Changes yields.
type changed struct {
	rules.Breach
	rules.Change
}

// A party is a rule that is compared; its judge is nil if there is none.
type party struct {
	*rules.Judge
	ledger *rules.Ledger
	since  time.Time
}

func newParty(r rules.Rule, loc *time.Location) *party {
	p := &party{Judge: rules.NewJudge(r, loc)}
	p.ledger = rules.NewLedger(p.Judge)
	if r.Since.IsZero() {
		return p
	}
	// The first minute that has the date or, if that was skipped, a later one.
	since := fmt.Sprintf("%04d-%02d-%02d", r.Since.Year, r.Since.Month, r.Since.Day)
	for p.since = time.Date(r.Since.Year, r.Since.Month, r.Since.Day-1, 6, 0, 0, 0, time.UTC); p.since.In(loc).Format(time.DateOnly) < since; {
		p.since = p.since.Add(time.Minute)
	}
	return p
}

// breach judges one deployment by itself.
func (p *party) breach(d *rules.Deployment, now time.Time) (rules.Breach, bool) {
	if p.Judge == nil {
		return rules.Breach{}, false
	}
	b, ok := p.Breach(d, now)
	return leanBreach(b), ok && !b.At.Before(p.since)
}

// allChanges judges each deployment by both, one after the other.
func allChanges(before, after *party, list []rules.Deployment, now time.Time) []changed {
	var all []changed
	for i := range list {
		was, broke := before.breach(&list[i], now)
		is, breaks := after.breach(&list[i], now)
		switch {
		case breaks && !broke:
			all = append(all, changed{is, rules.ChangeGained})
		case broke && !breaks:
			all = append(all, changed{was, rules.ChangeLost})
		case broke && !was.At.Equal(is.At):
			all = append(all, changed{is, rules.ChangeMoved})
		}
	}
	slices.SortFunc(all, func(a, b changed) int {
		running := map[bool]int{true: 0, false: 1}
		return cmp.Or(
			b.At.Compare(a.At),
			running[a.Running]-running[b.Running],
			strings.Compare(a.Deployment.ID, b.Deployment.ID),
			strings.Compare(a.Deployment.EnvironmentID, b.Deployment.EnvironmentID),
		)
	})
	return all
}

// checkCompare compares what two ledgers say with the judges. It counts the
// changes, those that run too.
func checkCompare(tb failer, before, after *party, f *rules.Facts, now time.Time, counts map[string]int, more any) {
	tb.Helper()
	want := allChanges(before, after, f.Deployments, now)
	var got []changed
	for b, change := range rules.Changes(before.ledger, after.ledger, now) {
		got = append(got, changed{b, change})
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		tb.Fatalf("changes (-want +got):\n%s\n%s", diff, more)
	}
	var sum rules.Difference
	for _, c := range want {
		switch c.Change {
		case rules.ChangeGained:
			sum.Gained++
		case rules.ChangeLost:
			sum.Lost++
		case rules.ChangeMoved:
			sum.Moved++
		}
		counts[fmt.Sprintf("%s, running %v", c.Change, c.Running)]++
	}
	if before.ledger != nil {
		sum.Before = before.ledger.Streaks(f.Environments, now)
	}
	if after.ledger != nil {
		sum.After = after.ledger.Streaks(f.Environments, now)
	}
	if diff := gocmp.Diff(sum, rules.Compare(before.ledger, after.ledger, f.Environments, now)); diff != "" {
		tb.Fatalf("difference (-want +got):\n%s\n%s", diff, more)
	}
	for range rules.Changes(before.ledger, after.ledger, now) {
		break // the loop may end early
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
		parties := [2]*party{newParty(w.rule, loc), newParty(w.changedRule(pick), loc)}
		if pick.yes(8) {
			parties[pick(2)] = &party{}
		}
		f := w.facts()
		for _, p := range parties {
			if p.ledger != nil {
				w.tellAll(pick, p.ledger, f.Deployments)
			}
		}
		checkCompare(t, parties[0], parties[1], f, w.now, counts, w)
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
	for _, c := range []rules.Change{rules.ChangeGained, rules.ChangeLost, rules.ChangeMoved} {
		for _, running := range []bool{false, true} {
			if what := fmt.Sprintf("%s, running %v", c, running); counts[what] == 0 {
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
		r.Measure = other.Measure
	default:
		r.Forbid = slices.Clone(r.Forbid)
		win := &r.Forbid[pick(len(r.Forbid))]
		win.From, win.To = clockOf(pick, 24*60-1), clockOf(pick, 24*60)
	}
	return r
}

// tellAll gives a ledger the deployments in some order, some of them as they were
// before too, and asks in between.
func (w *world) tellAll(pick picker, l *rules.Ledger, list []rules.Deployment) {
	list = slices.Clone(list)
	for i := range list {
		k := i + pick(len(list)-i)
		list[i], list[k] = list[k], list[i]
	}
	earlier := w.now.Add(-time.Duration(pick(3*1440)) * time.Minute)
	for i := range list {
		if was, there := list[i].AsOf(earlier); there && pick.yes(2) {
			l.Add(&was, earlier)
		}
		if pick.yes(4) {
			l.Streak(nil, earlier)
		}
	}
	for i := range list {
		l.Add(&list[i], w.now)
	}
}

// Many deployments, most of which break both rules at different instants.
func TestCompareMany(t *testing.T) {
	loc := location(t, "America/Los_Angeles")
	now := local(t, loc, "2026-12-01 10:00")
	rnd := rand.New(rand.NewPCG(*seed, 0))
	before := newParty(rules.Rule{Forbid: windows(t, "Fri 00:00-12:00; Mon")}, loc)
	after := newParty(rules.Rule{Forbid: windows(t, "Fri 06:00-18:00; Mon,Tue 22:00-06:00"), Since: date(t, "2021-01-01")}, loc)
	f := &rules.Facts{Environments: production(t, "2020-01-01")}
	for i := range 3000 {
		start := local(t, loc, "2020-01-01 00:00").Add(time.Duration(rnd.IntN(2500*24*60)) * time.Minute)
		d := deployment(fmt.Sprint(i/2), start, start.Add(time.Duration(rnd.IntN(3*24*60))*time.Minute))
		if i%2 == 1 {
			d.EnvironmentID, d.Environment = "2", "Production EU"
		}
		d.Ref = int64(i + 1)
		f.Deployments = append(f.Deployments, d)
		before.ledger.Add(&d, now)
		after.ledger.Add(&d, now)
	}
	counts := map[string]int{}
	checkCompare(t, before, after, f, now, counts, "")
	if n := counts["moved, running false"]; n < 200 {
		t.Errorf("moved: got %d, want at least 200: %v", n, counts)
	}
}

// Another rule for a history of 200000 breaches.
func BenchmarkCompare(b *testing.B) {
	loc := location(b, "America/Los_Angeles")
	now := local(b, loc, "2026-12-01 10:00")
	from := now.AddDate(-20, 0, 0)
	judge := rules.NewJudge(rules.Rule{Forbid: windows(b, "Fri")}, loc)
	for _, c := range []struct {
		name, forbid, since string
		n                   int
	}{
		{"100, the same", "Fri", "", 100},
		{"200000, the same", "Fri", "", 200_000},
		{"200000, since", "Fri", "2016-01-01", 200_000},
		{"200000, a shorter window", "Fri 00:00-12:00", "", 200_000},
		{"200000, all of them lost", "Tue", "", 200_000},
	} {
		b.Run(c.name, func(b *testing.B) {
			rule := rules.Rule{Forbid: windows(b, c.forbid)}
			if c.since != "" {
				rule.Since = date(b, c.since)
			}
			before, after := rules.NewLedger(judge), rules.NewLedger(rules.NewJudge(rule, loc))
			breach(b, before, judge, c.n, from, now)
			breach(b, after, judge, c.n, from, now)
			environments := []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: from}}
			rules.Compare(before, after, environments, now)
			b.ReportAllocs()
			for b.Loop() {
				if d := rules.Compare(before, after, environments, now); !d.After.Known {
					b.Fatal("not known")
				}
			}
		})
	}
}
