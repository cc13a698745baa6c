package importfile

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

// isArray reports whether r begins with a JSON array, and not with lines.
func isArray(r *bufio.Reader) bool {
	if mark, _ := r.Peek(3); string(mark) == "\ufeff" {
		_, _ = r.Discard(3) // it is there
	}
	start, _ := r.Peek(64) // a shorter file is as good
	return bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("["))
}

// A listed is an element of what "history --format json" wrote, with texts for the times. Source,
// breaks and the ids of a known environment are worked out anew.
type listed struct {
	report.Deployment
	Started  *string         `json:"started"`
	Executed *string         `json:"executed"`
	Finished *string         `json:"finished"`
	Breaks   json.RawMessage `json:"breaks"`
}

// maxErrors is how many bad elements an error names.
const maxErrors = 10

// readListing reads what "history --format json" wrote. A deployment that had several outcomes
// comes several times, the present one last.
func readListing(r io.Reader, name string) (list []rules.Deployment, err error) {
	limited := &io.LimitedReader{R: r, N: MaxSize + 1}
	decoder := json.NewDecoder(limited)
	var errs []error
	fail := func(number int, err error) {
		if limited.N == 0 {
			errs = []error{fmt.Errorf("%s is larger than %d MiB", name, MaxSize>>20)}
		} else {
			errs = append(errs, fmt.Errorf("%s: element %d: %w", name, number, err))
		}
	}
	_, err = decoder.Token() // the bracket
	for number := 1; err == nil && decoder.More() && len(errs) < maxErrors; number++ {
		var element json.RawMessage
		if err = decoder.Decode(&element); err != nil {
			fail(number, err)
			break
		}
		runs, bad := readElement(element)
		if bad != nil {
			fail(number, bad)
		}
		if list = append(list, runs...); len(list) > engine.MaxRuns {
			return nil, fmt.Errorf("%s has more than %d deployments", name, engine.MaxRuns)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("%s: the array does not end: %w", name, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s: there is more behind the array", name)
	}
	return list, nil
}

// readElement reads an element of a listing.
func readElement(element json.RawMessage) ([]rules.Deployment, error) {
	if !utf8.Valid(element) {
		return nil, errors.New("it is not UTF-8")
	}
	var l listed
	decoder := json.NewDecoder(bytes.NewReader(element))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%s: it is of the type %s", wrong.Field[strings.LastIndex(wrong.Field, ".")+1:], wrong.Value)
		}
		return nil, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	var d rules.Deployment
	replaced := 0 // what Go puts in the place of half a character
	for _, text := range []struct {
		name, value string
		to          *string
	}{
		{"id", l.ID, &d.ID}, {"project_id", l.ProjectID, &d.ProjectID}, {"project", l.Project, &d.Project},
		{"environment_id", l.EnvironmentID, &d.EnvironmentID}, {"environment", l.Environment, &d.Environment},
		{"version", l.Version, &d.Version}, {"url", l.URL, &d.URL},
	} {
		if replaced += strings.Count(text.value, "\ufffd"); replaced > bytes.Count(element, []byte("\ufffd")) {
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
	}{{"started", l.Started, &d.Started}, {"executed", l.Executed, &d.Executed}, {"finished", l.Finished, &d.Finished}} {
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
	return l.outcomes(d)
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
