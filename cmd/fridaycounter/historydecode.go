package main

import (
	"bufio"
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

// isArray reports whether what comes is a JSON array, and not lines.
func isArray(r *bufio.Reader) bool {
	if mark, _ := r.Peek(3); string(mark) == "\ufeff" {
		_, _ = r.Discard(3) // it is there
	}
	start, _ := r.Peek(64) // of less there is less to see
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("["))
}

// exported is an element of what "history --format json" writes, with texts for the times.
// Source, breaks and ids of the known environment are worked out anew.
type exported struct {
	report.Deployment
	Started  *string         `json:"started"`
	Executed *string         `json:"executed"`
	Finished *string         `json:"finished"`
	Breaks   json.RawMessage `json:"breaks"`
}

const maxDecodeErrors = 10

// decodeListing reads deployments that "history --format json" wrote. They come whole or
// not at all; name stands for r in errors. A deployment that had several outcomes comes
// several times, the present one last.
func decodeListing(r io.Reader, name string) ([]rules.Deployment, error) {
	limited := &io.LimitedReader{R: r, N: maxImport + 1}
	decoder := json.NewDecoder(limited)
	fail := func(number int, err error) error {
		if limited.N == 0 {
			return fmt.Errorf("%s is larger than %d MiB", name, maxImport>>20)
		}
		return fmt.Errorf("%s: element %d: %w", name, number, err)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fail(0, err)
	}
	var list []rules.Deployment
	var errs []error
	for number := 1; decoder.More() && len(errs) < maxDecodeErrors; number++ {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return nil, errors.Join(append(errs, fail(number, err))...)
		}
		runs, err := decodeExported(raw)
		if err != nil {
			errs = append(errs, fail(number, err))
		}
		if list = append(list, runs...); len(list) > engine.MaxRuns {
			return nil, fmt.Errorf("%s has more than %d deployments", name, engine.MaxRuns)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fail(0, fmt.Errorf("the array does not end: %w", err))
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: there is more behind the array", name)
	}
	return list, nil
}

func decodeExported(raw json.RawMessage) ([]rules.Deployment, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not UTF-8")
	}
	var e exported
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%s: it is of the type %s", wrong.Field[strings.LastIndex(wrong.Field, ".")+1:], wrong.Value)
		}
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	d := rules.Deployment{State: rules.StateUnknown, LifeCycle: rules.LifeCycleFinished}
	replaced := 0 // what Go puts in the place of half a character
	for _, text := range []struct {
		name, value string
		to          *string
	}{
		{"id", e.ID, &d.ID}, {"project_id", e.ProjectID, &d.ProjectID}, {"project", e.Project, &d.Project},
		{"environment_id", e.EnvironmentID, &d.EnvironmentID}, {"environment", e.Environment, &d.Environment},
		{"version", e.Version, &d.Version}, {"url", e.URL, &d.URL},
	} {
		if replaced += bytes.Count([]byte(text.value), []byte("\ufffd")); replaced > bytes.Count(raw, []byte("\ufffd")) {
			return nil, fmt.Errorf("%s: it holds half a character", text.name)
		}
		*text.to = source.Text(text.value)
	}
	if d.ID == "" || d.Environment == "" {
		return nil, errors.New("id and environment are required")
	}
	for _, at := range []struct {
		name string
		text *string
		to   *time.Time
	}{{"started", e.Started, &d.Started}, {"executed", e.Executed, &d.Executed}, {"finished", e.Finished, &d.Finished}} {
		if at.text == nil {
			continue
		}
		t, err := time.Parse(time.RFC3339, *at.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not a time: want RFC 3339, like 2026-11-20T15:04:05+01:00", at.name, source.TextOf(*at.text, 60))
		}
		if t.IsZero() {
			t = t.Add(1) // it is unusable, not absent
		}
		*at.to = t.UTC()
	}
	if d.Start().IsZero() {
		return nil, errors.New("started: is required")
	}
	return e.runs(d)
}

// runs returns a deployment with each outcome that it was said to have.
func (e *exported) runs(d rules.Deployment) ([]rules.Deployment, error) {
	outcomes := e.Outcomes
	if e.Denied {
		outcomes = rules.FinalOutcomes()
	}
	present := rules.Outcome(e.Outcome)
	outcomes = slices.DeleteFunc(outcomes, func(o rules.Outcome) bool { return o == present })
	var list []rules.Deployment
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
