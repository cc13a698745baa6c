package rules

import "testing"

func TestParseState(t *testing.T) {
	for _, c := range []struct {
		word string
		want State
		ok   bool
	}{
		{"SUCCESS", StateSuccess, true},
		{"Successful", StateSuccess, true},
		{"failed", StateFailed, true},
		{"Unknown", StateUnknown, true},
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
		want LifeCycle
		ok   bool
	}{
		{"PENDING", LifeCyclePending, true},
		{"Queued", LifeCycleQueued, true},
		{"IN_PROGRESS", LifeCycleInProgress, true},
		{"InProgress", LifeCycleInProgress, true},
		{"in progress", LifeCycleInProgress, true},
		{"Finished", LifeCycleFinished, true},
		{"not-built", LifeCycleNotBuilt, true},
		{"", "", false},
		{"NEVER", "", false},
	} {
		if got, ok := ParseLifeCycle(c.word); got != c.want || ok != c.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", c.word, got, ok, c.want, c.ok)
		}
	}
}
