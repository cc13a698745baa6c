package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Days lists only the latest 64 breaches, but counts all.
func TestDaysHaveTheLatestBreaches(t *testing.T) {
	var list []rules.Deployment
	first := local(t, time.UTC, "2026-11-13 10:00")
	for i := range 100 {
		at := first.Add(time.Duration(i*37%100) * time.Minute)
		list = append(list, deployment(fmt.Sprint(i), at, at))
	}
	days, _, breaches := rules.Days([]*rules.Compiled{fridays()}, time.UTC, production(t, "2026-01-01", list...), date(t, "2026-11-09"), date(t, "2026-11-15"), first.AddDate(0, 0, 3))
	if n := len(breaches); n != 64 || !breaches[0].At.Equal(first.Add(36*time.Minute)) || !breaches[63].At.Equal(first.Add(99*time.Minute)) {
		t.Errorf("got %d breaches, want 64, the latest", n)
	}
	if got := days[4]; got.Breaches != 100 || got.Deployments != 100 || got.Forbidden != 1 || !got.Known {
		t.Errorf("friday: got %+v, want 100 breaches", got)
	}
}

func TestDaysOfNone(t *testing.T) {
	now := local(t, time.UTC, "2026-11-20 12:00")
	for _, last := range []string{"2026-11-08", "2026-10-01"} {
		days, hours, breaches := rules.Days([]*rules.Compiled{fridays()}, time.UTC, production(t, "2026-01-01", run(t, time.UTC, "7 2026-11-06 10:00")), date(t, "2026-11-09"), date(t, last), now)
		if days != nil || breaches != nil || hours != [7][24]rules.Hour{} {
			t.Errorf("to %s: got %+v, want nothing", last, breaches)
		}
	}
}

// One deployment breaks three rules on two days. Each rule has its breach, but a day counts
// the deployment once.
func TestDaysOfThreeRules(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	compiled := func(name string, days ...time.Weekday) *rules.Compiled {
		return rules.Compile(rules.Rule{Name: name, Forbid: []rules.Window{{Weekdays: days, To: 24 * 60}}}, berlin)
	}
	all := []*rules.Compiled{compiled("fridays", time.Friday), compiled("sundays", time.Sunday), compiled("weekend", time.Saturday, time.Sunday)}
	now := local(t, berlin, "2026-11-20 12:00")
	d := deployment("1", local(t, berlin, "2026-11-12 21:00"), local(t, berlin, "2026-11-16 21:00"))
	environments := []rules.Environment{{ID: "1", Deployments: []rules.Deployment{d}}}
	days, hours, breaches := rules.Days(all, berlin, environments, date(t, "2026-11-09"), date(t, "2026-11-22"), now)
	want := map[string]string{"2026-11-13": "fridays ", "2026-11-15": "sundays weekend "}
	got := map[string]string{}
	for _, b := range breaches {
		got[b.Date().String()] += b.Rule + " "
	}
	for _, day := range days {
		key := day.Date.String()
		if got[key] != want[key] || day.Breaches != min(len(want[key]), 1) {
			t.Errorf("%s: got %d breaches, of %s, want %s", key, day.Breaches, got[key], want[key])
		}
	}
	if h := hours[time.Thursday][21]; h.Deployments != 1 || h.Breaches != 1 {
		t.Errorf("Thursday at 21: got %+v", h)
	}
}
