package rules_test

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A ledger of many breaches, that come late and in any order, are corrected and
// come back, always has those of the deployments as they were last told.
func TestLedgerOfMany(t *testing.T) {
	now := local(t, time.UTC, "2026-12-31 12:00")
	environments := production(t, "2026-01-01")
	rapid.Check(t, func(t *rapid.T) {
		pick := picker(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") })
		p := newParty(rules.Rule{Forbid: []rules.Window{{Weekdays: rules.WeekdaySet(time.Friday)}}, Since: choose(pick, rules.Date{}, rules.Date{Year: 2026, Month: time.June, Day: 1})}, time.UTC)
		f := rules.Facts{Environments: environments}
		index := map[string]int{}
		often := choose(pick, 2, 20, 200)
		for step := range pick(500) {
			id, environment := choose(pick, step, step, pick(500)), choose(pick, "1", "1", "2")
			friday := time.Date(2026, time.January, 2+7*choose(pick, step/10, step/10, pick(50)), 0, 0, 0, 0, time.UTC)
			start := friday.Add(time.Duration(choose(pick, pick(24*60), pick(24*60), pick(48*60), 600)) * time.Minute)
			d := deployment(fmt.Sprint(id), start, start.Add(time.Duration(pick(10))*time.Minute))
			d.EnvironmentID, d.Ref = environment, int64(step+1)
			p.ledger.Add(&d, now)
			if i, ok := index[environment+" "+d.ID]; ok {
				f.Deployments[i] = d
			} else {
				index[environment+" "+d.ID] = len(f.Deployments)
				f.Deployments = append(f.Deployments, d)
			}
			if pick.yes(often) {
				got, want := p.ledger.Streak(f.Environments, now), p.Streak(&f, now)
				if diff := gocmp.Diff(lean(want), got); diff != "" {
					t.Fatalf("streak after step %d (-want +got):\n%s", step, diff)
				}
			}
		}
		want := allChanges(&party{}, p, f.Deployments, now)
		var got []changed
		for b, change := range rules.Changes(nil, p.ledger, now) {
			got = append(got, changed{b, change})
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("breaches (-want +got):\n%s", diff)
		}
	})
}

// Polls bring old breaches beside 200000.
func BenchmarkLedgerLate(b *testing.B) {
	now := local(b, time.UTC, "2026-12-01 10:00")
	l := rules.NewLedger(fridays())
	fill(l, 200_000, 1, now)
	environments := production(b, "2018-01-01")
	l.Streak(environments, now)
	old := local(b, time.UTC, "2017-01-06 10:00")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for k := range 25 {
			at := old.AddDate(0, 0, 7*k)
			d := deployment(fmt.Sprintf("3%d/%d", i, k), at, at.Add(time.Minute))
			l.Add(&d, now)
		}
		l.Streak(environments, now)
	}
}
