package bamboo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

// The JSON of Bamboo, with only the fields that are needed. The field oid is never
// decoded: it is a number on old servers and a string on new ones.

type wireProject struct {
	ID           wireID                       `json:"id"`
	Name         string                       `json:"name"`
	Environments boundedList[wireEnvironment] `json:"environments"`
}

type wireEnvironment struct {
	ID        wireID `json:"id"`
	Name      string `json:"name"`
	ProjectID wireID `json:"deploymentProjectId"`
}

type wirePage struct {
	Results boundedList[wireResult] `json:"results"` // nil: none were sent
	Size    json.RawMessage         `json:"size"`    // never trusted: right, the page's length, or absent
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

	err error // a value of another type than it should have
}

// UnmarshalJSON stores an error in the result, so that the rest of the list counts.
func (r *wireResult) UnmarshalJSON(text []byte) error {
	type plain wireResult
	r.err = json.Unmarshal(text, (*plain)(r))
	return nil
}

// maxList is how many elements a list may have. The names of more would not fit an answer, so
// such a list is garbage, and only takes memory.
const maxList = 10000

type boundedList[T any] []T

func (l *boundedList[T]) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return errors.New("not a list where one should be")
	}
	*l = boundedList[T]{}
	for d.More() {
		if len(*l) == maxList {
			return fmt.Errorf("a list of more than %d elements", maxList)
		}
		var one T
		if err := d.Decode(&one); err != nil {
			return err
		}
		*l = append(*l, one)
	}
	return nil
}

// wireID is an id: positive and of 64 bits, sent as a number or, by some calls, as a string.
// Absent, null and 0 are the same: none.
type wireID struct {
	text string // in decimal, "" is none
	bad  string // what was sent, when it is no id
}

func (id *wireID) UnmarshalJSON(text []byte) error {
	*id = wireID{}
	n, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	switch {
	case err == nil && n > 0:
		id.text = strconv.FormatInt(n, 10)
	case string(text) != "null" && string(text) != "0":
		id.bad = string(text)
	}
	return nil
}

// wireDate is a date in epoch milliseconds. Absent, null and 0 are the same: none.
// RFC 3339, which build results use, is taken too.
type wireDate struct {
	at  time.Time
	bad string // what was sent, when it is no date between 1970 and the year 9999
}

// maxMillis is the last millisecond of the year 9999, beyond which neither JSON nor
// RFC 3339 can write a time.
const maxMillis = 253402300799999

func (d *wireDate) UnmarshalJSON(text []byte) error {
	*d = wireDate{}
	if string(text) == "null" || string(text) == "0" {
		return nil
	}
	var at time.Time
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		at = time.UnixMilli(n)
	} else if json.Unmarshal(text, &at) != nil {
		at = time.Time{}
	}
	if ms := at.UnixMilli(); ms <= 0 || ms > maxMillis {
		d.bad = string(text)
		return nil
	}
	d.at = at.UTC()
	return nil
}

// listDate returns the date by which the server orders its lists. It is zero if there is none,
// or if the result is unusable at now: its place in the list means nothing then.
func (r *wireResult) listDate(now time.Time) time.Time {
	if field, _ := r.unusable(); field != "" {
		return time.Time{}
	}
	dates := []time.Time{r.Started.at, r.Queued.at, r.Executed.at, r.Finished.at}
	if slices.ContainsFunc(dates, func(at time.Time) bool { return !source.IsPlausible(at, now) }) {
		return time.Time{}
	}
	return cmp.Or(dates...)
}

// runStart returns the date that distinguishes two runs of one id.
func (r *wireResult) runStart() time.Time { return cmp.Or(r.Executed.at, r.Started.at, r.Finished.at) }

// add adds a result to the answer, and reports whether it is a run.
func (p *poll) add(r *wireResult, env rules.Environment) bool {
	if field, value := r.unusable(); field != "" {
		p.Answer.Unusable = append(p.Answer.Unusable, source.Unusable{
			EnvironmentID: env.ID, ID: r.ID.text, Field: field, Value: p.TextOf(value, 40),
		})
		return false
	}
	state, ok := source.ParseState(cmp.Or(r.State, string(rules.StateUnknown)))
	if !ok {
		state = rules.State(p.unknownWord("deploymentState", r.State, r.ID.text))
	}
	cycle, ok := source.ParseLifeCycle(r.LifeCycle)
	if !ok {
		cycle = rules.LifeCycle(p.unknownWord("lifeCycleState", r.LifeCycle, r.ID.text))
	}
	d := rules.Deployment{
		ID:            r.ID.text,
		Source:        p.Known.Name,
		ProjectID:     env.ProjectID,
		Project:       env.Project,
		EnvironmentID: env.ID,
		Environment:   env.Name,
		Version:       p.Text(cmp.Or(r.VersionName, r.Version.Name)),
		URL:           p.client.URL("deploy/viewDeploymentResult.action").String() + "?deploymentResultId=" + r.ID.text,
		Started:       r.Started.at,
		Executed:      r.Executed.at,
		Finished:      r.Finished.at,
		State:         state,
		LifeCycle:     cycle,
	}
	p.Answer.Deployments = append(p.Answer.Deployments, d)
	return d.Ran()
}

// maxWord is how many bytes of an unknown word are kept.
const maxWord = 64

// unknownWord returns a word as it is kept, with a note that it is unknown.
func (p *poll) unknownWord(field, word, result string) string {
	word = p.TextOf(word, maxWord)
	p.Note(field+" "+word, "result %s: unknown %s %q", result, field, word)
	return word
}

// unusable returns the field for which a result cannot be judged, with its value, or "".
func (r *wireResult) unusable() (field, value string) {
	if r.err != nil {
		field, value = "result", "of an unexpected type"
		var kind *json.UnmarshalTypeError
		if errors.As(r.err, &kind) && kind.Field != "" {
			what, _, _ := strings.Cut(kind.Value, " ")
			field, value = kind.Field, "of type "+what
		}
		return field, value
	}
	if r.ID.text == "" {
		return "id", cmp.Or(r.ID.bad, "absent")
	}
	for _, d := range []struct {
		name string
		date wireDate
	}{{"startedDate", r.Started}, {"executedDate", r.Executed}, {"finishedDate", r.Finished}} {
		if d.date.bad != "" {
			return d.name, d.date.bad
		}
	}
	if r.runStart().IsZero() && r.mayHaveRun() {
		return "executedDate", "absent, as are its other dates"
	}
	return "", ""
}

// mayHaveRun reports whether a result without dates may have run. One that is waiting, or was
// cancelled before an agent began, did not.
func (r *wireResult) mayHaveRun() bool {
	cycle, _ := source.ParseLifeCycle(r.LifeCycle)
	switch cycle {
	case rules.LifeCyclePending, rules.LifeCycleQueued:
		state, _ := source.ParseState(r.State)
		return r.State != "" && state != rules.StateUnknown
	}
	return cycle != rules.LifeCycleNotBuilt
}
