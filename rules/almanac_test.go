package rules_test

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A deployment that breaks two rules on two days is a breach of each, and on a day of
// both it is one.
func TestAlmanacOfTwoRules(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	judge := func(name string, days ...time.Weekday) *rules.Judge {
		var set rules.Weekdays
		for _, d := range days {
			set |= rules.WeekdaySet(d)
		}
		return rules.NewJudge(rules.Rule{Name: name, Forbid: []rules.Window{{Weekdays: set, To: 24 * 60}}}, berlin)
	}
	judges := []*rules.Judge{judge("fridays", time.Friday), judge("sundays", time.Sunday), judge("weekend", time.Saturday, time.Sunday)}
	now := local(t, berlin, "2026-11-20 12:00")
	a := rules.NewAlmanac(judges, berlin, date(t, "2026-11-09"), date(t, "2026-11-22"), now)
	d := deployment("1", local(t, berlin, "2026-11-12 21:00"), local(t, berlin, "2026-11-16 21:00"))
	a.Add(&d)
	want := map[string]string{"2026-11-13": "fridays ", "2026-11-15": "sundays weekend "}
	got := map[string]string{}
	for _, b := range a.Breaches() {
		got[b.Date.String()] += b.Rule + " "
	}
	for _, day := range a.Days(nil) {
		key := day.Date.String()
		if got[key] != want[key] || day.Breaches != min(len(want[key]), 1) {
			t.Errorf("%s: got %d breaches, of %s, want %s", key, day.Breaches, got[key], want[key])
		}
	}
	if h := a.Hours()[time.Thursday][21]; h.Deployments != 1 || h.Breaches != 1 {
		t.Errorf("Thursday at 21: got %+v", h)
	}
}
