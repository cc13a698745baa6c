package source

import (
	"testing"

	"github.com/fridaycounter/fridaycounter/rules"
)

func TestParseState(t *testing.T) {
	for _, c := range []struct {
		word string
		want rules.State
		ok   bool
	}{
		{"SUCCESS", rules.StateSuccess, true},
		{"Successful", rules.StateSuccess, true},
		{"failed", rules.StateFailed, true},
		{"Unknown", rules.StateUnknown, true},
		{"", "", false},
		{"REPLACED", "", false},
	} {
		if got, ok := ParseState(c.word); got != c.want || ok != c.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", c.word, got, ok, c.want, c.ok)
		}
	}
}

func TestParseLifeCycle(t *testing.T) {
	for _, c := range []struct {
		word string
		want rules.LifeCycle
		ok   bool
	}{
		{"PENDING", rules.LifeCyclePending, true},
		{"Queued", rules.LifeCycleQueued, true},
		{"IN_PROGRESS", rules.LifeCycleInProgress, true},
		{"InProgress", rules.LifeCycleInProgress, true},
		{"in progress", rules.LifeCycleInProgress, true},
		{"Finished", rules.LifeCycleFinished, true},
		{"not-built", rules.LifeCycleNotBuilt, true},
		{"", "", false},
		{"NEVER", "", false},
	} {
		if got, ok := ParseLifeCycle(c.word); got != c.want || ok != c.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", c.word, got, ok, c.want, c.ok)
		}
	}
}
