package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestComparison(t *testing.T) {
	judge := func(forbid, since string) *rules.Judge {
		if forbid == "" {
			return nil
		}
		r := rules.Rule{Forbid: windows(t, forbid)}
		if since != "" {
			r.Since = date(t, since)
		}
		return rules.NewJudge(r, time.UTC)
	}
	for _, c := range []struct {
		name          string
		before, after *rules.Judge
		want          string
	}{
		{"thursday too", judge("Fri", ""), judge("Thu,Fri", ""), "gained 1 at 03-05; 2w -> 2w, record 9w -> 9w"},
		{"thursday instead", judge("Fri", ""), judge("Thu", ""), "gained 1 at 03-05; lost 2 at 03-06; moved 3 at 03-13; 2w -> 2w, record 9w -> 9w"},
		{"later", judge("Fri", ""), judge("Fri", "2026-03-10"), "lost 2 at 03-06; 2w -> 2w, record 9w -> 2w"},
		{"the same", judge("Fri", ""), judge("Fri", ""), "2w -> 2w, record 9w -> 9w"},
		{"a new rule", nil, judge("Fri", ""), "gained 2 at 03-06; gained 3 at 03-13; new 2w, record 9w"},
		{"a rule that goes", judge("Fri", ""), nil, "lost 2 at 03-06; lost 3 at 03-13; gone 2w"},
	} {
		now := local(t, time.UTC, "2026-03-29 00:00")
		x := rules.NewComparison(c.before, c.after, now)
		var got []string
		counts := map[rules.Change]int{}
		for _, text := range []string{
			"1 2026-03-05 10:00 / 2026-03-05 10:05", "2 2026-03-06 10:00 / 2026-03-06 10:05",
			"3 2026-03-12 23:00 / 2026-03-13 01:00", "4 2026-03-10 10:00 / 2026-03-10 10:05",
		} {
			d := run(t, time.UTC, text)
			if b, change := x.Add(&d); change != rules.ChangeNone {
				got = append(got, fmt.Sprintf("%s %s at %s", change, b.Deployment.ID, b.At.Format("01-02")))
				counts[change]++
			}
		}
		d := x.Difference(production(t, "2026-01-01"))
		switch {
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

// Gained and lost are what two judges say one by one, and the histories are those
// of ledgers of their own.
func TestComparisonOfWorlds(t *testing.T) {
	names := allZones(t)
	rapid.Check(t, func(t *rapid.T) {
		pick := picker(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
		loc, err := time.LoadLocation(names[pick(len(names))])
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(pick, loc, time.Date(2026, time.January, 1+pick(365), 0, 0, 0, 0, time.UTC))
		facts := w.facts()
		judges := [2]*rules.Judge{rules.NewJudge(w.rule, loc), rules.NewJudge(w.makeRule(pick), loc)}
		ledgers := [2]*rules.Ledger{rules.NewLedger(judges[0]), rules.NewLedger(judges[1])}
		x := rules.NewComparison(judges[0], judges[1], w.now)
		var want rules.Difference
		for _, d := range facts.Deployments {
			var at [2]time.Time // zero: no breach that counts
			for i, j := range judges {
				ledgers[i].Add(&d, w.now)
				// The breach alone, known for ever: since alone can hide it.
				alone := &rules.Facts{Environments: []rules.Environment{{ID: "9", CompleteFrom: time.Unix(0, 0)}}, Deployments: []rules.Deployment{d}}
				for k, p := range j.Rule().Environments {
					alone.Environments = append(alone.Environments, rules.Environment{ID: fmt.Sprint("x", k), Name: p.String(), CompleteFrom: time.Unix(0, 0)})
				}
				if s := j.Streak(alone, w.now); s.Breach != nil {
					at[i] = s.Breach.At
				}
			}
			change := rules.ChangeNone
			switch {
			case at[0].IsZero() && !at[1].IsZero():
				change = rules.ChangeGained
				want.Gained++
			case !at[0].IsZero() && at[1].IsZero():
				change = rules.ChangeLost
				want.Lost++
			case !at[0].Equal(at[1]):
				change = rules.ChangeMoved
				want.Moved++
			}
			if b, got := x.Add(&d); got != change || got != rules.ChangeNone && b.Deployment.ID != d.ID {
				t.Fatalf("change of %s: got %q with %+v, want %q\n%s", d.ID, got, b, change, w)
			}
		}
		want.Before, want.After = ledgers[0].Streaks(facts.Environments, w.now), ledgers[1].Streaks(facts.Environments, w.now)
		if diff := cmp.Diff(want, x.Difference(facts.Environments)); diff != "" {
			t.Fatalf("difference (-want +got):\n%s\n%s", diff, w)
		}
	})
}
