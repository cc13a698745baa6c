package query

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// week has a deployment on each of seven days, Monday first, of which the last one runs, and
// two runs of the id 3.
func week(t *testing.T) (*engine.Policy, []source.Known) {
	t.Helper()
	policy, err := engine.NewPolicy(&schema.Config{
		Timezone: "UTC", Sources: []schema.Source{{Name: "bamboo", Kind: "bamboo", URL: "https://ci.example.com"}},
		Rules: []rules.Rule{
			{Name: "fridays", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}, To: 24 * 60}}},
			{Name: "mondays", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Monday}, To: 24 * 60}}},
		},
	}, ".")
	if err != nil {
		t.Fatal(err)
	}
	e := rules.Environment{Source: "bamboo", ID: "1", Name: "Production", ProjectID: "9", Project: "shop", Exhausted: true}
	for i, id := range []string{"1", "2", "3", "3", "5", "6", "7"} {
		at := time.Date(2026, 3, 9+i, 12, 0, 0, 0, time.UTC)
		d := rules.Deployment{
			ID: id, EnvironmentID: "1", Environment: "old name", Started: at, Executed: at, Finished: at.Add(time.Minute),
			State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished, URL: "https://ci.example.com/" + id,
		}
		if id == "7" {
			d.Finished, d.State, d.LifeCycle = time.Time{}, rules.StateUnknown, rules.LifeCycleInProgress
		}
		e.Deployments = append(e.Deployments, d)
	}
	other := rules.Environment{ID: "2", Name: "Staging", ProjectID: "9", Project: "shop"}
	return policy, []source.Known{{Key: policy.Sources[0].Key, Environments: []source.KnownEnvironment{{Environment: e}, {Environment: other}}}}
}

func now() time.Time { return time.Date(2026, 3, 15, 23, 0, 0, 0, time.UTC) }

func TestSelection(t *testing.T) {
	policy, known := week(t)
	for _, c := range []struct {
		filter Filter
		want   string // ids, or a part of the error
	}{
		{Filter{}, "7 6 5 3 3 2 1"},
		{Filter{From: "2026-03-12"}, "7 6 5 3"},
		{Filter{Until: "2026-03-12"}, "3 2 1"},
		{Filter{From: "2026-03-11", Until: "2026-03-12"}, "3"},
		{Filter{From: "2026-03-12", Until: "2026-03-12"}, "until 2026-03-12 is not after from 2026-03-12"},
		{Filter{Breaches: true}, "5 1"},
		{Filter{Rule: "mondays"}, "1"},
		{Filter{Rule: "sundays"}, `there is no rule "sundays": there is "fridays", "mondays"`},
		{Filter{At: "2026-03-10 12:00"}, "2 1"},
		{Filter{At: "2026-03-16"}, "is in the future"},
		{Filter{Environment: "Production"}, "7 6 5 3 3 2 1"},
		{Filter{Environment: "/^Stag/"}, ""},
		{Filter{Environment: "Prod", Project: "shop"}, `nothing that is stored matches project "shop" and environment "Prod": there is shop/Production (id 1), shop/Staging (id 2)`},
	} {
		var ids []string
		page, _, err := c.filter.List(policy, known, now())
		for _, d := range page {
			if ids = append(ids, d.ID); d.Environment != "Production" || d.URL != "" {
				t.Errorf("%+v: got %+v, want the present name and no link", c.filter, d)
			}
		}
		if got := strings.Join(ids, " "); err == nil && got != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %s, %v, want %s", c.filter, got, err, c.want)
		}
	}
}

// Pages of any size have each deployment once, and runs of one id together.
func TestPages(t *testing.T) {
	policy, known := week(t)
	for limit := 1; limit < 9; limit++ {
		var ids []string
		for f := (Filter{Limit: limit}); ; {
			page, end, err := f.List(policy, known, now())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page {
				ids = append(ids, d.ID)
			}
			if f.After = end; end == "" {
				break
			}
		}
		if want := []string{"7", "6", "5", "3", "3", "2", "1"}; !slices.Equal(ids, want) {
			t.Errorf("limit %d: got %v, want %v", limit, ids, want)
		}
	}
	for _, text := range []string{"1", "!", "eyJ", "bnVsbA=="} {
		if page, _, err := (Filter{After: text}).List(policy, known, now()); err == nil {
			t.Errorf("after %q: got %+v, want an error", text, page)
		}
	}
}
