package engine

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A docket that was read once and then learned says what a fresh judgement of all
// that the store has would say, whatever came in which order, and whichever of it
// is within the configuration's view.
func TestDocketLearns(t *testing.T) {
	environments, ids := []string{"1", "2", "3"}, []string{"10", "11", "12", "13", "14", "15"}
	rapid.Check(t, func(t *rapid.T) {
		c := drawPolicy(t)
		court, err := NewCourt(c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, store, source, now := context.Background(), new(Memory), SourceKey(c, "."), y2k
		var d *Docket
		for range rapid.IntRange(1, 8).Draw(t, "polls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour)
			a := drawAnswer(t, environments, ids, now)
			merged, err := store.Merge(ctx, source, a, nil, now)
			if err != nil {
				t.Fatal(err)
			}
			if d == nil || rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				if d, err = court.Read(ctx, store, c, ".", now); err != nil {
					t.Fatal(err)
				}
			} else {
				d.learn(source, &reply{answer: a, merged: merged}, now)
				if d.behind { // the loop reads it again
					if d, err = court.Read(ctx, store, c, ".", now); err != nil {
						t.Fatal(err)
					}
				}
			}
			got, want := d.Judge(now), court.Judge(viewed(t, store, d.view), now)
			// What is not kept whole has no more than its names.
			lean := cmpopts.IgnoreFields(rules.Deployment{}, "Version", "URL", "Started", "Executed", "Finished", "State", "LifeCycle")
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), lean); diff != "" {
				t.Fatalf("docket (-facts +docket):\n%s", diff)
			}
		}
	})
}

// drawPolicy draws a policy that reads some environments, with rules for some of them.
func drawPolicy(t *rapid.T) *schema.Config {
	c := config(time.Friday)
	one := func(text string) []rules.Pattern {
		p, err := rules.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		return []rules.Pattern{p}
	}
	c.Source.Bamboo.Environments = one(rapid.SampledFrom([]string{"/./", "1", "/[12]$/"}).Draw(t, "reads"))
	c.Rules = append(c.Rules, rules.Rule{
		Name: "nights", Forbid: []rules.Window{{From: 20 * 60, To: 8 * 60}},
		Environments: one(rapid.SampledFrom([]string{"/./", "2"}).Draw(t, "scope")),
		Count:        rapid.SampledFrom([]rules.Count{rules.CountElapsed, rules.CountSurvived}).Draw(t, "count"),
	})
	version := one("release-12")
	c.Rules[1].Except = []rules.Exception{{Version: &version[0], Reason: "agreed"}}
	return c
}

// viewed returns the facts of a view, gathered without a docket.
func viewed(t rapid.TB, store *Memory, v view) rules.Facts {
	c, err := store.Coverage(context.Background(), v.source)
	if err != nil {
		t.Fatal(err)
	}
	f := rules.Facts{Environments: v.of(c.Environments)}
	err = store.Each(context.Background(), v.source, func(d *rules.Deployment, _ func() error) error {
		for _, e := range f.Environments {
			if e.ID == d.EnvironmentID {
				f.Deployments = append(f.Deployments, *d)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}
