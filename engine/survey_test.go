package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A survey says what the verdict, the explanation and the occurrences of the same
// facts say.
func TestSurvey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawPolicy(t)
		court, err := NewCourt(c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, store, source, now := context.Background(), new(Memory), SourceKey(c, "."), y2k
		for range rapid.IntRange(0, 6).Draw(t, "polls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour)
			if _, err := store.Merge(ctx, source, drawAnswer(t, []string{"1", "2", "3"}, []string{"10", "11", "12", "13"}, now), nil, now); err != nil {
				t.Fatal(err)
			}
		}
		first, last := rules.DateOf(now.In(court.zone).AddDate(0, 0, -100)), rules.DateOf(now.In(court.zone).AddDate(0, 0, 1))
		got, err := court.Survey(ctx, store, c, ".", first, last, now)
		if err != nil {
			t.Fatal(err)
		}
		docket, err := court.Read(ctx, store, c, ".", now)
		if err != nil {
			t.Fatal(err)
		}
		explanations, err := court.Explain(ctx, store, c, ".", now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(docket.Judge(now), got.Verdict, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("verdict:\n%s", diff)
		}
		if diff := cmp.Diff(explanations, got.Explanations, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b rules.Pattern) bool { return a.String() == b.String() })); diff != "" {
			t.Fatalf("explanations:\n%s", diff)
		}
		on, seen := map[rules.Date]int{}, map[string]bool{}
		for _, b := range got.Breaches {
			if key := fmt.Sprint(b.Date, b.Deployment.EnvironmentID, b.Deployment.ID); !seen[key] {
				seen[key] = true // of several rules it is one
				on[b.Date]++
			}
			if whole, ok, err := store.Deployment(ctx, source, b.Deployment.EnvironmentID, b.Deployment.ID); err != nil || !ok || whole.Version != b.Deployment.Version {
				t.Fatalf("breach %+v: the store has %+v, %v, %v", b, whole, ok, err)
			}
		}
		for _, d := range got.Days {
			if d.Breaches != on[d.Date] {
				t.Fatalf("%s: %d breaches in the calendar, %d in the list", d.Date, d.Breaches, on[d.Date])
			}
		}
		for i, runs := range got.Runs {
			s := got.Verdict.Streaks[i]
			if s.Known != (len(runs) > 0) {
				t.Fatalf("rule %s: known %v, %d runs", s.Rule, s.Known, len(runs))
			}
			if s.Known && (runs[len(runs)-1].Weeks != s.Weeks || runs[len(runs)-1].Ended != nil) {
				t.Fatalf("rule %s: the last run is %+v, the streak %d weeks", s.Rule, runs[len(runs)-1], s.Weeks)
			}
		}
		if e := got.Verdict.Lead.Breach; e != nil && !e.Running {
			date := rules.DateOf(e.At.Add(-1).In(court.zone))
			if date.String() >= first.String() && on[date] == 0 && on[rules.DateOf(e.At.In(court.zone))] == 0 {
				t.Fatalf("the breach of %s is not among %s", e.At, fmt.Sprint(got.Breaches))
			}
		}
	})
}
