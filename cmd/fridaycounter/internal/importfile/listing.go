package importfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// maxErrors is how many bad elements an error names.
const maxErrors = 10

// readListing reads what "history --format json" wrote. A deployment that had several outcomes
// comes several times, the present one last.
func readListing(r io.Reader, name string) (list []rules.Deployment, err error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, MaxSize>>20)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(data, &elements); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
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

// readElement reads an element of a listing: one of the JSON Lines but for its outcomes. Source
// and breaks are worked out anew.
func readElement(element []byte) (list []rules.Deployment, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(element, &fields); err != nil {
		return nil, errors.New("is not a JSON object")
	}
	var present rules.Outcome
	var outcomes []rules.Outcome
	var denied bool
	for name, to := range map[string]any{"outcome": &present, "outcomes": &outcomes, "denied": &denied, "source": new(any), "breaks": new(any)} {
		if text, ok := fields[name]; ok && json.Unmarshal(text, to) != nil {
			return nil, fmt.Errorf("%s: %s is of another type", name, source.TextOf(string(text), 60))
		}
		delete(fields, name)
	}
	if denied {
		outcomes = rules.FinalOutcomes()
	}
	outcomes = slices.DeleteFunc(outcomes, func(o rules.Outcome) bool { return o == present })
	noStart := string(fields["started"]) == "null"
	if noStart {
		fields["started"] = fields["executed"]
	}
	for _, o := range append(outcomes, present) {
		state, cycle := "unknown", "finished"
		switch o {
		case "", rules.OutcomeNotBuilt:
			cycle = "not_built"
		case rules.OutcomeSuccess, rules.OutcomeFailed:
			state = string(o)
		case rules.OutcomeRunning:
			cycle = "in_progress"
		case rules.OutcomeUnknown:
		default:
			return nil, fmt.Errorf("outcome: %q is not success, failed, not_built, unknown or running", source.TextOf(string(o), 60))
		}
		fields["state"], fields["life_cycle"] = json.RawMessage(`"`+state+`"`), json.RawMessage(`"`+cycle+`"`)
		line, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		d, err := jsonl.DecodeLine(line)
		if bad, ok := errors.AsType[*jsonl.LineError](err); ok {
			return nil, errors.New(strings.TrimPrefix(bad.Field+": "+bad.Why, ": "))
		}
		if noStart {
			d.Started = time.Time{}
		}
		list = append(list, d)
	}
	return list, nil
}
