package jsonl

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Append appends the line of a deployment, with its newline, to line. Decode
// gives the same deployment back, with what a line leaves to be derived filled
// in. It refuses a deployment without id, environment or start, and one with a
// state that a line cannot say.
func Append(line []byte, d *rules.Deployment) ([]byte, error) {
	w := written{
		ID: d.ID, Project: d.Project, Environment: d.Environment, Version: d.Version,
		State: string(d.State), LifeCycle: string(d.LifeCycle),
		Started: text(d.Started), Executed: text(d.Executed), Finished: text(d.Finished), URL: d.URL,
	}
	if d.ProjectID != d.Project {
		w.ProjectID = d.ProjectID
	}
	if d.EnvironmentID != defaultEnvironmentID(d) {
		w.EnvironmentID = d.EnvironmentID
	}
	encoded, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	if _, bad := decodeLine(encoded); bad != nil {
		return nil, errors.New("jsonl: deployment " + d.ID + ": " + bad.Field + ": " + bad.Why)
	}
	return append(append(line, encoded...), '\n'), nil
}

// written is a line; it has the fields of [fields], in their order.
type written struct {
	ID            string `json:"id"`
	Project       string `json:"project,omitempty"`
	ProjectID     string `json:"project_id,omitempty"`
	Environment   string `json:"environment"`
	EnvironmentID string `json:"environment_id,omitempty"`
	Version       string `json:"version,omitempty"`
	State         string `json:"state,omitempty"`
	LifeCycle     string `json:"life_cycle,omitempty"`
	Started       string `json:"started"`
	Executed      string `json:"executed,omitempty"`
	Finished      string `json:"finished,omitempty"`
	URL           string `json:"url,omitempty"`
}

// text writes a time in its own zone, and "" for none.
func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
