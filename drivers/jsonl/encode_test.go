package jsonl

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Append appends the line of a deployment, with its newline. [Decode] gives the deployment
// back, with what a line leaves to be derived filled in; of several outcomes it has the
// present one, and one that was denied has ended. Append refuses a deployment without id,
// environment or start, and one with a state that a line cannot say.
func Append(line []byte, d *rules.Deployment) ([]byte, error) {
	said := map[string]string{
		"id": d.ID, "project": d.Project, "environment": d.Environment, "version": d.Version,
		"state": string(d.State), "life_cycle": string(d.LifeCycle),
		"started": stamp(d.Started), "executed": stamp(d.Executed), "finished": stamp(d.Finished), "url": d.URL,
	}
	if d.ProjectID != d.Project {
		said["project_id"] = d.ProjectID
	}
	if d.EnvironmentID != strings.TrimPrefix(d.ProjectID+"/"+d.Environment, "/") {
		said["environment_id"] = d.EnvironmentID
	}
	if d.Denied {
		said["state"], said["life_cycle"] = string(rules.StateUnknown), string(rules.LifeCycleFinished)
		said["finished"] = cmp.Or(said["finished"], stamp(d.Start()))
	}
	maps.DeleteFunc(said, func(_, text string) bool { return text == "" })
	encoded, err := json.Marshal(said)
	if err != nil {
		return nil, err
	}
	if _, bad := newParser().deployment(encoded); bad != nil {
		return nil, errors.New("jsonl: deployment " + d.ID + ": " + bad.Field + ": " + bad.Why)
	}
	return append(append(line, encoded...), '\n'), nil
}

// stamp writes a time in its own zone, and "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
