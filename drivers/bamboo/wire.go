package bamboo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// The JSON of Bamboo, with only the fields that are needed. The field oid is
// never decoded: it is a number on old servers and a string on new ones.

type wireProject struct {
	ID           wireID            `json:"id"`
	Name         string            `json:"name"`
	Environments []wireEnvironment `json:"environments"`
}

type wireEnvironment struct {
	ID        wireID `json:"id"`
	Name      string `json:"name"`
	ProjectID wireID `json:"deploymentProjectId"`
}

type wirePage struct {
	Results *[]wireResult `json:"results"`
	Size    wireCount     `json:"size"` // never trusted: right, the page's length, or absent
}

type wireResult struct {
	ID          wireID `json:"id"`
	VersionName string `json:"deploymentVersionName"`
	Version     struct {
		Name string `json:"name"`
	} `json:"deploymentVersion"`
	State     string   `json:"deploymentState"`
	LifeCycle string   `json:"lifeCycleState"`
	Started   wireDate `json:"startedDate"`
	Queued    wireDate `json:"queuedDate"`
	Executed  wireDate `json:"executedDate"`
	Finished  wireDate `json:"finishedDate"`
}

// wireID is an id: positive, 64 bits on every machine, sent as a number or, by
// some calls, as a string. 0 is none.
type wireID int64

func (id *wireID) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	if err != nil || n <= 0 {
		return &idError{string(text)}
	}
	*id = wireID(n)
	return nil
}

// idError is a value that is no id, as it was sent.
type idError struct{ text string }

func (e *idError) Error() string { return fmt.Sprintf("%.40q is not an id", e.text) }

func (id wireID) String() string { return strconv.FormatInt(int64(id), 10) }

// wireCount is a number that may be of any shape: 0 when it is not a count.
type wireCount int64

func (c *wireCount) UnmarshalJSON(text []byte) error {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && n > 0 {
		*c = wireCount(n)
	}
	return nil
}

// wireDate is a date in epoch milliseconds. Absent, null and 0 are the same: none.
// RFC 3339, which build results use, is taken too.
type wireDate struct {
	at  time.Time
	bad string // what was sent, when it is no date between 1970 and the year 9999
}

// maxMillis is the last millisecond of the year 9999, beyond which neither JSON
// nor RFC 3339 can write a time.
const maxMillis = 253402300799999

func (d *wireDate) UnmarshalJSON(text []byte) error {
	*d = wireDate{}
	if string(text) == "null" || string(text) == "0" {
		return nil
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil && n > 0 && n <= maxMillis {
		d.at = time.UnixMilli(n).UTC()
		return nil
	}
	if text[0] == '"' {
		var at time.Time
		if err := json.Unmarshal(text, &at); err == nil && at.UnixMilli() > 0 && at.UnixMilli() <= maxMillis {
			d.at = at.UTC()
			return nil
		}
	}
	d.bad = string(text)
	return nil
}

// start returns the date by which the server orders a list, or zero.
func (r *wireResult) start() time.Time {
	for _, d := range []wireDate{r.Started, r.Queued, r.Executed} {
		if !d.at.IsZero() {
			return d.at
		}
	}
	return time.Time{}
}

// deployment converts a result. The error is a *RecordError.
func (s *session) deployment(r *wireResult, env rules.Environment) (rules.Deployment, []Note, error) {
	id := r.ID.String()
	for _, d := range []struct {
		name string
		date wireDate
	}{{"startedDate", r.Started}, {"executedDate", r.Executed}, {"finishedDate", r.Finished}} {
		if d.date.bad != "" {
			return rules.Deployment{}, nil, &RecordError{id, d.name, s.login.word(d.date.bad, 40)}
		}
	}
	if r.ID == 0 {
		return rules.Deployment{}, nil, &RecordError{"without id", "id", "absent"}
	}
	state, knownState := deploymentState(r.State)
	if !knownState {
		state = rules.State(s.login.word(r.State, maxWord))
	}
	cycle, knownCycle := lifeCycleState(r.LifeCycle)
	if !knownCycle {
		cycle = rules.LifeCycle(s.login.word(r.LifeCycle, maxWord))
	}
	if r.Started.at.IsZero() && r.Executed.at.IsZero() && r.Finished.at.IsZero() && mayHaveRun(state, cycle) {
		return rules.Deployment{}, nil, &RecordError{id, "executedDate", "absent, as are its other dates"}
	}
	var notes []Note
	if !knownState {
		notes = append(notes, unknownWord("deploymentState", string(state), id))
	}
	if !knownCycle {
		notes = append(notes, unknownWord("lifeCycleState", string(cycle), id))
	}
	version := r.VersionName
	if version == "" {
		version = r.Version.Name
	}
	return rules.Deployment{
		ID:            id,
		ProjectID:     env.ProjectID,
		Project:       env.Project,
		EnvironmentID: env.ID,
		Environment:   env.Name,
		Version:       version,
		URL:           s.client.resultPage(id),
		Started:       r.Started.at,
		Executed:      r.Executed.at,
		Finished:      r.Finished.at,
		State:         state,
		LifeCycle:     cycle,
	}, notes, nil
}

func mayHaveRun(state rules.State, cycle rules.LifeCycle) bool {
	switch cycle {
	case rules.LifeCyclePending, rules.LifeCycleQueued, rules.LifeCycleNotBuilt:
		return state != rules.StateUnknown
	}
	return true
}
