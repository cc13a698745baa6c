package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/rules"
)

// hour is an hour of a friday, 0 for an absent date.
func hour(h int) time.Time {
	if h == 0 {
		return time.Time{}
	}
	return time.Date(2026, time.March, 13, h, 0, 0, 0, time.UTC)
}

func TestInterval(t *testing.T) {
	const now = 20
	for _, c := range []struct {
		name                        string
		started, executed, finished int
		state                       rules.State
		life                        rules.LifeCycle
		want                        string // of executed, then triggered; hours
		outcome                     rules.Outcome
		reversed                    bool
	}{
		{"ran", 9, 10, 11, "SUCCESS", "FINISHED", "10-11 9-11", "success", false},
		{"failed", 9, 10, 11, "FAILED", "FINISHED", "10-11 9-11", "failed", false},
		{"runs", 9, 10, 0, "UNKNOWN", "IN_PROGRESS", "10-20 9-20", "running", false},
		{"runs, with a finished date", 9, 10, 11, "SUCCESS", "IN_PROGRESS", "10-20 9-20", "running", false},
		{"executed, said to be queued", 9, 10, 0, "UNKNOWN", "QUEUED", "10-20 9-20", "running", false},
		{"queued", 9, 0, 0, "UNKNOWN", "QUEUED", "did not run", "running", false},
		{"pending", 0, 0, 0, "UNKNOWN", "PENDING", "did not run", "running", false},
		{"cancelled in the queue", 9, 0, 11, "UNKNOWN", "NOT_BUILT", "did not run", "not_built", false},
		{"cancelled in the queue, whatever the state says", 9, 0, 11, "FAILED", "NOT_BUILT", "did not run", "not_built", false},
		{"cancelled in the queue, said to have succeeded", 9, 0, 0, "SUCCESS", "NOT_BUILT", "did not run", "not_built", false},
		{"cancelled by an agent", 9, 10, 11, "UNKNOWN", "NOT_BUILT", "10-11 9-11", "not_built", false},
		{"cancelled, whatever the state says", 9, 10, 11, "FAILED", "NOT_BUILT", "10-11 9-11", "not_built", false},
		{"finished with a state that we do not know", 9, 10, 11, "MAYBE", "FINISHED", "10-11 9-11", "unknown", false},
		{"finished unknown, no agent", 9, 0, 11, "UNKNOWN", "FINISHED", "did not run", "unknown", false},
		{"no agent's date", 9, 0, 11, "SUCCESS", "FINISHED", "9-11 9-11", "success", false},
		{"no agent's date, failed", 9, 0, 11, "FAILED", "FINISHED", "9-11 9-11", "failed", false},
		{"no agent's date, but a result already", 9, 0, 0, "SUCCESS", "IN_PROGRESS", "did not run", "running", false},
		{"only the end", 0, 0, 11, "SUCCESS", "FINISHED", "11-11 11-11", "success", false},
		{"no date", 0, 0, 0, "SUCCESS", "FINISHED", "did not run", "success", false},
		{"no end", 9, 10, 0, "SUCCESS", "FINISHED", "10-10 9-10", "success", false},
		{"no end and no agent's date", 9, 0, 0, "SUCCESS", "FINISHED", "9-9 9-9", "success", false},
		{"life cycle absent, with a result", 9, 10, 0, "SUCCESS", "", "10-10 9-10", "success", false},
		{"life cycle absent, with an end", 9, 10, 11, "UNKNOWN", "", "10-11 9-11", "unknown", false},
		{"life cycle absent, with neither", 9, 10, 0, "UNKNOWN", "", "10-20 9-20", "running", false},
		{"life cycle unfamiliar", 9, 10, 11, "SUCCESS", "SETTLED", "10-11 9-11", "success", false},
		{"reversed", 9, 11, 10, "SUCCESS", "FINISHED", "10-11 9-10", "success", true},
		{"ended before it was started", 12, 10, 11, "SUCCESS", "FINISHED", "10-11 11-12", "success", true},
		{"no start", 0, 10, 11, "SUCCESS", "FINISHED", "10-11 10-11", "success", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := rules.Deployment{Started: hour(c.started), Executed: hour(c.executed), Finished: hour(c.finished), State: c.state, LifeCycle: c.life}
			got := "did not run"
			if d.Ran() {
				a, b := d.Interval(hour(now))
				e, f := triggeredInterval(d, hour(now))
				got = fmt.Sprintf("%d-%d %d-%d", a.Hour(), b.Hour(), e.Hour(), f.Hour())
			}
			if got != c.want {
				t.Errorf("interval: got %s, want %s", got, c.want)
			}
			if got := d.Outcome(); got != c.outcome {
				t.Errorf("outcome: got %s, want %s", got, c.outcome)
			}
			if got := d.Final(); got != (c.outcome != rules.OutcomeRunning) {
				t.Errorf("final: got %v, want %v", got, !got)
			}
		})
	}
}

// triggeredInterval returns the interval of a deployment that begins at started: all of it
// breaks a rule that always forbids.
func triggeredInterval(d rules.Deployment, now time.Time) (start, end time.Time) {
	always := rules.Compile(rules.Rule{Forbid: []rules.Window{{}}, Triggered: true}, time.UTC)
	b, _ := always.Breach(&d, &rules.Environment{}, now)
	return b.First, b.At
}

// What was said of a run before, or was seen, stays.
func TestIntervalOfWhatIsKnown(t *testing.T) {
	var success, cancelled rules.Outcomes
	success, cancelled = success.With(rules.OutcomeSuccess), cancelled.With(rules.OutcomeNotBuilt)
	for _, c := range []struct {
		name string
		d    rules.Deployment
		now  int
		want string // of executed, then triggered; hours
	}{
		{"succeeded once, then cancelled", rules.Deployment{Started: hour(9), Outcomes: success, LifeCycle: "NOT_BUILT"}, 20, "9-9 9-9 final"},
		{"cancelled twice", rules.Deployment{Started: hour(9), Outcomes: cancelled, LifeCycle: "NOT_BUILT"}, 20, "did not run"},
		{"denied, when last seen", rules.Deployment{Started: hour(9), Executed: hour(10), Finished: hour(12), Denied: true, LifeCycle: "FINISHED"}, 20, "10-12 9-12 final"},
		{"denied, said to run", rules.Deployment{Started: hour(9), Executed: hour(10), Finished: hour(12), SeenRunning: hour(13), Denied: true, LifeCycle: "IN_PROGRESS"}, 20, "10-12 9-12 final"},
		{"denied, without an end", rules.Deployment{Started: hour(9), Executed: hour(10), Denied: true, LifeCycle: "IN_PROGRESS"}, 20, "10-10 9-10 final"},
		{"denied later", rules.Deployment{Started: hour(9), Executed: hour(10), Finished: hour(12), Denied: true, LifeCycle: "FINISHED"}, 11, "10-11 9-11"},
		{"seen running, and it runs", rules.Deployment{Started: hour(9), Executed: hour(10), SeenRunning: hour(12), LifeCycle: "IN_PROGRESS"}, 20, "10-20 9-20"},
		{"seen running, and ended", rules.Deployment{Started: hour(9), Executed: hour(10), Finished: hour(11), SeenRunning: hour(12), LifeCycle: "FINISHED"}, 20, "10-11 9-11 final"},
	} {
		got := "did not run"
		if was, ok := c.d.AsOf(hour(c.now)); ok && was.Ran() {
			a, b := was.Interval(hour(c.now))
			e, f := triggeredInterval(was, hour(c.now))
			got = fmt.Sprintf("%d-%d %d-%d", a.Hour(), b.Hour(), e.Hour(), f.Hour())
			if was.Final() {
				got += " final"
			}
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// An outcome of later says nothing as of now.
func TestAsOfForgetsOutcomes(t *testing.T) {
	d := rules.Deployment{Started: hour(9), Finished: hour(11), State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished}
	d.Outcomes = d.Outcomes.With(rules.OutcomeFailed)
	if was, _ := d.AsOf(hour(10)); was.Ran() || was.Outcomes != 0 {
		t.Errorf("as of 10: got %+v, want one that waits", was)
	}
	if was, _ := d.AsOf(hour(11)); was != d {
		t.Errorf("as of 11: got %+v, want %+v", was, d)
	}
}

func TestOutcomesSet(t *testing.T) {
	var none rules.Outcomes
	some := none.With(rules.OutcomeFailed).With(rules.OutcomeUnknown).With(rules.OutcomeRunning).With("odd")
	for _, o := range []rules.Outcome{rules.OutcomeRunning, rules.OutcomeSuccess, rules.OutcomeFailed, rules.OutcomeNotBuilt, rules.OutcomeUnknown} {
		if none.Has(o) {
			t.Errorf("none: has %s", o)
		}
		if got, want := some.Has(o), o == rules.OutcomeFailed || o == rules.OutcomeUnknown; got != want {
			t.Errorf("failed and unknown: has %s: got %v, want %v", o, got, want)
		}
	}
}

func TestAsOf(t *testing.T) {
	for _, c := range []struct {
		started, executed, finished, now int
		want                             string
	}{
		{9, 10, 11, 11, "9 10 11 SUCCESS FINISHED"},
		{9, 10, 11, 10, "9 10 0 UNKNOWN IN_PROGRESS"},
		{9, 10, 11, 9, "9 0 0 UNKNOWN QUEUED"},
		{9, 10, 11, 8, "not there"},
		{9, 0, 11, 10, "9 0 0 UNKNOWN QUEUED"},
		{0, 10, 11, 10, "0 10 0 UNKNOWN IN_PROGRESS"},
		{0, 12, 11, 11, "0 0 11 UNKNOWN PENDING"},
		{0, 0, 11, 10, "not there"},
		{0, 0, 0, 1, "0 0 0 SUCCESS FINISHED"},
		{9, 10, 0, 10, "9 10 0 SUCCESS FINISHED"},
	} {
		d := rules.Deployment{Started: hour(c.started), Executed: hour(c.executed), Finished: hour(c.finished), State: "SUCCESS", LifeCycle: "FINISHED"}
		before := d
		was, ok := d.AsOf(hour(c.now))
		got := "not there"
		if ok {
			got = fmt.Sprintf("%d %d %d %s %s", was.Started.Hour(), was.Executed.Hour(), was.Finished.Hour(), was.State, was.LifeCycle)
		}
		if got != c.want {
			t.Errorf("%d %d %d as of %d: got %s, want %s", c.started, c.executed, c.finished, c.now, got, c.want)
		}
		if diff := cmp.Diff(before, d); diff != "" {
			t.Errorf("%d %d %d as of %d: the deployment changed (-was +is):\n%s", c.started, c.executed, c.finished, c.now, diff)
		}
	}
}

func TestNextDate(t *testing.T) {
	environments := []rules.Environment{
		{CompleteFrom: hour(9), Deployments: []rules.Deployment{{Started: hour(10), Executed: hour(11), Finished: hour(12)}}},
		{CompleteFrom: hour(15), Deployments: []rules.Deployment{{Started: hour(14), SeenRunning: hour(17)}, {Executed: hour(13), Finished: hour(16), Denied: true}}},
	}
	for now, want := range map[int]int{8: 9, 9: 10, 10: 11, 11: 12, 12: 13, 13: 14, 14: 15, 15: 16, 16: 0} {
		if got := rules.Compile(rules.Rule{}, time.UTC).NextChange(rules.Streak{}, environments, hour(now)); !got.Equal(hour(want)) {
			t.Errorf("next date after %d: got %s, want %s", now, got, hour(want))
		}
	}
}
