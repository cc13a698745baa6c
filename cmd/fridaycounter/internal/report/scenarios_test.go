package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// The text has the scenarios that failed, and on a terminal those that passed. It says when a
// rule applies to no environment of the scenario.
func TestScenariosText(t *testing.T) {
	at := time.Date(2026, time.March, 20, 12, 0, 0, 0, time.UTC)
	lead := rules.Streak{Rule: "fridays", InForce: true, NoScope: true}
	r := Scenarios{Passed: 1, Failed: 1, LeftOut: 1, Scenarios: []Scenario{
		{Name: "kept", Passed: true},
		{
			Name: "elsewhere", File: "s.cue", Line: 7,
			Verdict:     engine.Verdict{At: at, Lead: lead},
			Differences: []difference{{"weeks", nil, 1}, {"known", false, true}},
		},
	}}
	failed := `FAIL s.cue:7: elsewhere
    weeks: got not known, want 1
    known: got false, want true
    on Friday 20 March 2026, 12:00 UTC the wall says: unknown, by fridays, which applies to no environment of this scenario: its deployments should say one
FAIL: 1 of 2 scenarios failed, 1 left out
`
	if diff := cmp.Diff(failed, r.Text(false)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff("ok   kept\n"+failed, r.Text(true)); diff != "" {
		t.Error(diff)
	}
	r = Scenarios{Passed: 1, Scenarios: r.Scenarios[:1]}
	if got, want := r.Text(false), "ok: 1 scenario passed\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
