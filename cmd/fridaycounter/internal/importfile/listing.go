package importfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A listed is an element of what "history --format json" wrote, with texts for the times. Source,
// breaks and the ids of a known environment are worked out anew.
type listed struct {
	report.Deployment
	Started  string          `json:"started"`
	Executed string          `json:"executed"`
	Finished string          `json:"finished"`
	Breaks   json.RawMessage `json:"breaks"`
}

// maxErrors is how many bad elements an error names.
const maxErrors = 10

// readListing reads what "history --format json" wrote. A deployment that had several outcomes
// comes several times, the present one last.
func readListing(r io.Reader, name string) ([]rules.Deployment, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, MaxSize>>20)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s is not UTF-8", name)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(data, &elements); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var list []rules.Deployment
	var errs []error
	for i, element := range elements {
		runs, err := readElement(element)
		if err != nil && len(errs) < maxErrors {
			errs = append(errs, fmt.Errorf("%s: element %d: %w", name, i+1, err))
		}
		if list = append(list, runs...); len(list) > engine.MaxRuns {
			return nil, fmt.Errorf("%s has more than %d deployments", name, engine.MaxRuns)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return list, nil
}

// readElement reads an element of a listing.
func readElement(element json.RawMessage) ([]rules.Deployment, error) {
	var l listed
	decoder := json.NewDecoder(bytes.NewReader(element))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%s: it is of the type %s", wrong.Field[strings.LastIndex(wrong.Field, ".")+1:], wrong.Value)
		}
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	d := rules.Deployment{
		ID: source.Text(l.ID), ProjectID: source.Text(l.ProjectID), Project: source.Text(l.Project),
		EnvironmentID: source.Text(l.EnvironmentID), Environment: source.Text(l.Environment),
		Version: source.Text(l.Version), URL: source.Text(l.URL),
	}
	// Go puts U+FFFD in the place of half a character, and two names could become one.
	texts := l.ID + l.ProjectID + l.Project + l.EnvironmentID + l.Environment + l.Version + l.URL
	if strings.Count(texts, "\ufffd") > bytes.Count(element, []byte("\ufffd")) {
		return nil, errors.New("it holds half a surrogate pair, which is no character")
	}
	if d.ID == "" || d.Environment == "" || l.Started == "" && l.Executed == "" {
		return nil, errors.New("id, environment and started are required")
	}
	err := errors.Join(parseTime("started", l.Started, &d.Started), parseTime("executed", l.Executed, &d.Executed), parseTime("finished", l.Finished, &d.Finished))
	if err != nil {
		return nil, err
	}
	return l.outcomes(d)
}

// parseTime reads a time into to, in UTC; "" leaves it alone.
func parseTime(field, text string, to *time.Time) error {
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("%s: %q is not a time: want RFC 3339, like 2026-11-20T15:04:05+01:00", field, source.TextOf(text, 60))
	}
	if t.IsZero() {
		t = t.Add(1) // it is unusable, not absent
	}
	*to = t.UTC()
	return nil
}

// outcomes returns a deployment with each outcome that it was said to have.
func (l *listed) outcomes(d rules.Deployment) (list []rules.Deployment, err error) {
	outcomes := l.Outcomes
	if l.Denied {
		outcomes = rules.FinalOutcomes()
	}
	present := rules.Outcome(l.Outcome)
	outcomes = slices.DeleteFunc(outcomes, func(o rules.Outcome) bool { return o == present })
	for _, o := range append(outcomes, present) {
		switch d.State, d.LifeCycle = rules.StateUnknown, rules.LifeCycleFinished; o {
		case "", rules.OutcomeNotBuilt:
			d.LifeCycle = rules.LifeCycleNotBuilt
		case rules.OutcomeSuccess:
			d.State = rules.StateSuccess
		case rules.OutcomeFailed:
			d.State = rules.StateFailed
		case rules.OutcomeRunning:
			d.LifeCycle = rules.LifeCycleInProgress
		case rules.OutcomeUnknown:
		default:
			return nil, fmt.Errorf("outcome: %q is not success, failed, not_built, unknown or running", source.TextOf(string(o), 60))
		}
		list = append(list, d)
	}
	return list, nil
}
