// Package bambootest is a Bamboo over HTTP for tests and for the demo. It serves
// given, generated or recorded deployments, only those that exist as of its
// clock, and misbehaves on demand in the ways that Bamboo and the proxies before
// it are known for.
package bambootest

import (
	"encoding/json"
	"time"
)

// A Project is a deployment project.
type Project struct {
	ID           int64
	Name         string
	Environments []Environment
	// Raw is a recorded answer that is served instead of the fields, except its
	// environments; nil: none.
	Raw map[string]json.RawMessage
}

// An Environment is one target with its deployment results, in any order.
type Environment struct {
	ID      int64
	Name    string
	Results []Result
	Raw     map[string]json.RawMessage // as Project.Raw
}

// A Result is one deployment. Zero times are absent dates.
type Result struct {
	ID       int64
	Version  string
	Started  time.Time
	Queued   time.Time
	Executed time.Time
	Finished time.Time
	// State and LifeCycle are the final words; "": SUCCESS and FINISHED. Before
	// Finished the server says UNKNOWN and what the dates tell.
	State     string
	LifeCycle string
	Reason    string
	Raw       json.RawMessage // served as it is once Started has come; nil: none
}

// asOf returns the result as it was at now, and false when it was not there. The
// zero now is after everything.
func (r Result) asOf(now time.Time) (Result, bool) {
	if r.State == "" {
		r.State = "SUCCESS"
	}
	if r.LifeCycle == "" {
		r.LifeCycle = "FINISHED"
	}
	if now.IsZero() {
		return r, true
	}
	first := r.Started
	if first.IsZero() {
		first = r.Queued
	}
	if first.After(now) {
		return r, false
	}
	if r.Raw != nil || !r.Finished.After(now) {
		return r, true
	}
	r.Finished = time.Time{}
	r.State, r.LifeCycle = "UNKNOWN", "IN_PROGRESS"
	if r.Executed.After(now) || r.Executed.IsZero() {
		r.Executed, r.LifeCycle = time.Time{}, "QUEUED"
	}
	if r.Queued.After(now) {
		r.Queued, r.LifeCycle = time.Time{}, "PENDING"
	}
	return r, true
}
