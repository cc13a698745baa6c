// Package importfile reads deployments that a source has forgotten from a file, and adds them to
// what is known of the source.
package importfile

import (
	"bufio"
	"bytes"
	"context"
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

// Runs counts the runs of deployments, of which one may be listed several times.
func Runs(list []rules.Deployment) int {
	runs := map[[3]string]bool{}
	for i := range list {
		d := &list[i]
		runs[[3]string{d.EnvironmentID, d.ID, d.Start().UTC().Format(time.RFC3339)}] = true
	}
	return len(runs)
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
	for id, ok := range joined {
		if e := known.Environment(id); !ok && from.Before(e.CompleteFrom) {
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
