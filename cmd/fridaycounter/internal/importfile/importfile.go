// Package importfile reads from a file the deployments that a source has forgotten, and adds them
// to what is known of the source.
package importfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// MaxSize is how many bytes of a file are read.
const MaxSize = 64 << 20

// Read reads deployments: JSON Lines, or what "history --format json" wrote. They come whole or
// not at all; name stands for r in errors.
func Read(ctx context.Context, r io.Reader, name string) ([]rules.Deployment, error) {
	data := bufio.NewReader(r)
	if mark, _ := data.Peek(3); string(mark) == "\ufeff" {
		_, _ = data.Discard(3) // it is there
	}
	start, _ := data.Peek(64) // a shorter file is as good
	if bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("[")) {
		return readListing(data, name)
	}
	return jsonl.Decode(ctx, data, name)
}

// Add adds deployments to what is known of a source. Unless from is zero, they are all that there
// are of their environments since then.
func Add(known source.Known, list []rules.Deployment, from, now time.Time) (source.Known, source.Changes, []source.Note, error) {
	none := source.Changes{}
	if err := identify(list, &known); err != nil {
		return known, none, nil, err
	}
	if err := checkJoin(list, &known, from); err != nil {
		return known, none, nil, err
	}
	next, changes, notes, err := facts.Import(known, list, from, now, max(0, engine.MaxRuns-known.Size()))
	if err == nil {
		err = checkUsable(&known, &next)
	}
	return next, changes, notes, err
}

// identify gives deployments the ids of the known environment that has their names. It refuses
// those to an environment that is not known, which would count nowhere.
func identify(list []rules.Deployment, known *source.Known) error {
	if len(known.Environments) == 0 {
		return errors.New("nothing is stored of the policy's source yet (hint: fridaycounter once polls it)")
	}
	for i := range list {
		d := &list[i]
		e := known.Environment(d.EnvironmentID)
		for at := range known.Environments {
			if named := &known.Environments[at]; e == nil && named.Name == d.Environment && named.Project == d.Project {
				e = named
			}
		}
		if e == nil {
			var have []string
			for i := range known.Environments {
				have = append(have, report.Environment(&known.Environments[i].Environment))
			}
			return fmt.Errorf("deployment %s is to %s/%s, and there is no such environment: there is %s", d.ID, d.Project, d.Environment, strings.Join(have, ", "))
		}
		d.EnvironmentID, d.ProjectID = e.ID, e.ProjectID
	}
	return nil
}

// checkJoin refuses a file that has, for an environment which is to be complete from an instant
// on, no deployment that is known already or lies where everything is: there may be a hole
// between. Where from is zero nothing is to be complete.
func checkJoin(list []rules.Deployment, known *source.Known, from time.Time) error {
	if from.IsZero() {
		return nil
	}
	joined := map[string]bool{}
	for i := range list {
		d := &list[i]
		e := known.Environment(d.EnvironmentID)
		joined[e.ID] = joined[e.ID] || e.Has(d.ID) || !d.Start().Before(e.CompleteFrom)
	}
	var errs []error
	for i := range known.Environments {
		e := &known.Environments[i]
		if ok, has := joined[e.ID]; has && !ok && from.Before(e.CompleteFrom) {
			errs = append(errs, fmt.Errorf("--complete-from: the file has no deployment to %s that is known already, and none since %s, from when it is known: there may be a hole between",
				e.Name, e.CompleteFrom.UTC().Format(time.RFC3339)))
		}
	}
	return errors.Join(errs...)
}

// checkUsable refuses records that cannot be judged: they would make their environments stale for
// good.
func checkUsable(before, after *source.Known) error {
	var errs []error
	for i := range after.Environments {
		e := &after.Environments[i]
		was := before.Environment(e.ID)
		for _, u := range e.Unusable {
			if was == nil || !slices.Contains(was.Unusable, u) {
				errs = append(errs, fmt.Errorf("deployment %s of %s cannot be judged, because its %s is %q: nothing is imported", u.ID, e.Name, u.Field, u.Value))
			}
		}
	}
	return errors.Join(errs...)
}

// maxErrors is how many bad elements an error names.
const maxErrors = 10

// readListing reads what "history --format json" wrote.
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
		d, err := readElement(element)
		if err != nil && len(errs) < maxErrors {
			errs = append(errs, fmt.Errorf("%s: element %d: %w", name, i+1, err))
		}
		if list = append(list, d); len(list) > engine.MaxRuns {
			return nil, fmt.Errorf("%s has more than %d deployments", name, engine.MaxRuns)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return list, nil
}

// stateAndCycle are the words of JSON Lines for the outcomes of a listing.
var stateAndCycle = map[rules.Outcome][2]string{
	"": {"unknown", "not_built"}, rules.OutcomeNotBuilt: {"unknown", "not_built"}, rules.OutcomeRunning: {"unknown", "in_progress"},
	rules.OutcomeSuccess: {"success", "finished"}, rules.OutcomeFailed: {"failed", "finished"}, rules.OutcomeUnknown: {"unknown", "finished"},
}

// readElement reads an element of a listing: one of the JSON Lines but for its outcomes. Source
// and breaks are worked out anew.
func readElement(element []byte) (d rules.Deployment, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(element, &fields); err != nil {
		return d, errors.New("is not a JSON object")
	}
	var present rules.Outcome
	var outcomes []rules.Outcome
	var denied bool
	for name, to := range map[string]any{"outcome": &present, "outcomes": &outcomes, "denied": &denied, "source": new(any), "breaks": new(any)} {
		if text, ok := fields[name]; ok && json.Unmarshal(text, to) != nil {
			return d, fmt.Errorf("%s: %s is of another type", name, source.TextOf(string(text), 60))
		}
		delete(fields, name)
	}
	if denied {
		outcomes = rules.FinalOutcomes()
	}
	for _, o := range append(outcomes, present) {
		if _, ok := stateAndCycle[o]; !ok {
			return d, fmt.Errorf("outcome: %q is not success, failed, not_built, unknown or running", source.TextOf(string(o), 60))
		}
	}
	noStart := string(fields["started"]) == "null"
	if noStart {
		fields["started"] = fields["executed"]
	}
	words := stateAndCycle[present]
	fields["state"], fields["life_cycle"] = json.RawMessage(`"`+words[0]+`"`), json.RawMessage(`"`+words[1]+`"`)
	line, err := json.Marshal(fields)
	if err != nil {
		return d, err
	}
	d, bad := jsonl.DecodeLine(line)
	if bad != nil {
		return d, errors.New(strings.TrimPrefix(bad.Field+": "+bad.Why, ": "))
	}
	if noStart {
		d.Started = time.Time{}
	}
	for _, o := range outcomes {
		d.Outcomes = d.Outcomes.With(o)
	}
	return d, err
}
