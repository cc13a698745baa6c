// Package bambootest is a fake Bamboo, an http.Handler for tests and for the demo. It serves
// given deployments, or those of a generated [Year], as of its clock, and makes the faults
// that Bamboo and the proxies before it are known for. Start at [Server].
package bambootest

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"
)

// A Project is a deployment project.
type Project struct {
	ID           int64
	Name         string
	Environments []Environment
}

// An Environment is one target with its deployment results, in any order.
type Environment struct {
	ID      int64
	Name    string
	Results []Result
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
	Raw       json.RawMessage // served as it is once Started has come; nil: none
}

// asOf returns the result as it was at now, and false when it was not there. The
// zero now is after everything.
func (r Result) asOf(now time.Time) (Result, bool) {
	r.State, r.LifeCycle = cmp.Or(r.State, "SUCCESS"), cmp.Or(r.LifeCycle, "FINISHED")
	if now.IsZero() {
		return r, true
	}
	if cmp.Or(r.Started, r.Queued).After(now) {
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

// Page returns the page of a list that begins at an index.
func Page(list []Result, start, size int) []Result {
	start = min(start, len(list))
	return list[start:min(start+size, len(list))]
}

// object is a JSON object to be sent.
type object map[string]any

func (p Project) encode() object {
	environments := []object{}
	for _, e := range p.Environments {
		environments = append(environments, e.encode(p))
	}
	return object{"id": p.ID, "oid": strconv.FormatInt(p.ID*7919+1<<53, 36), "name": p.Name, "environments": environments}
}

func (e Environment) encode(p Project) object {
	return object{"id": e.ID, "name": e.Name, "deploymentProjectId": p.ID}
}

func (r Result) encode() any {
	if r.Raw != nil {
		return r.Raw
	}
	o := object{"id": r.ID, "deploymentVersionName": r.Version, "deploymentState": r.State, "lifeCycleState": r.LifeCycle}
	for name, at := range map[string]time.Time{
		"startedDate": r.Started, "queuedDate": r.Queued, "executedDate": r.Executed, "finishedDate": r.Finished,
	} {
		if !at.IsZero() {
			o[name] = at.UnixMilli()
		}
	}
	return o
}
