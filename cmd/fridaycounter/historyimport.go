package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

func (p *program) historyImportCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use:   "import FILE.jsonl",
		Short: "Add deployments that the source has forgotten",
		Long: `Add deployments that the policy's source has forgotten, from a file of JSON Lines
as "source: file" reads it; - is standard input. Every line is checked, and all are
taken or none. Deployments that are known already stay as they are.

A line goes to the environment that its environment_id names, or else to the known
one with its project and environment. With --complete-from DATE the file says that
it has every deployment of its environments since that day, and the number may
reach back as far; without it, it can only become smaller.

Stop run first: one process at a time may write.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.importFile(cmd.Context(), args[0], since)
		},
	}
	cmd.Flags().StringVar(&since, "complete-from", "", "the `date` from which the file has everything")
	return cmd
}

func (p *program) importFile(ctx context.Context, path, since string) error {
	now := clock()
	policy, err := p.policy(ctx, p.configPath())
	if err != nil {
		return err
	}
	from, err := query.ParseInstant("--complete-from", since, policy.Zone)
	if err != nil {
		return err
	}
	if from.After(now) {
		return fmt.Errorf("--complete-from %s is in the future", since)
	}
	deployments, err := p.decodeFile(ctx, path)
	if err != nil {
		return err
	}
	return p.writeHistory(ctx, func(file *history.Store) error {
		known, err := file.Load(ctx, policy.Sources[0].Key)
		if err != nil {
			return err
		}
		if err := adopt(deployments, &known); err != nil {
			return err
		}
		if err := joins(deployments, &known, from); err != nil {
			return err
		}
		before := known.Size()
		next, changes, notes, err := facts.Import(known, deployments, from, now, max(0, engine.MaxRuns-before))
		if err == nil {
			err = unusable(&known, &next)
		}
		if err != nil {
			return err
		}
		for _, n := range notes {
			p.note(n.Text)
		}
		if err := file.Save(ctx, &next, changes); err != nil {
			return err
		}
		read, fresh := runs(deployments), next.Size()-before
		_, err = fmt.Fprintf(p.stdout, "%s read, %d new, %d known already\n", report.Plural(read, "deployment"), fresh, read-fresh)
		return err
	})
}

// runs counts the runs of deployments, of which some may be told of twice.
func runs(list []rules.Deployment) int {
	type run struct {
		environment, id string
		start           int64
	}
	seen := map[run]bool{}
	for i := range list {
		seen[run{list[i].EnvironmentID, list[i].ID, list[i].Start().Unix()}] = true
	}
	return len(seen)
}

// unusable refuses an import with records that cannot be judged: they would make their
// environments stale for good.
func unusable(before, after *source.Known) error {
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

// maxImport is how many bytes of a file are read.
const maxImport = 64 << 20

// decodeFile reads deployments from a file, or from standard input for "-": lines of JSON,
// or what "history --format json" wrote.
func (p *program) decodeFile(ctx context.Context, path string) ([]rules.Deployment, error) {
	file, err := policyfile.Open(ctx, path, p.stdin, maxImport)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if path == "-" {
		path = "standard input"
	}
	data := bufio.NewReader(file)
	if isArray(data) {
		return decodeListing(data, path)
	}
	return jsonl.Decode(ctx, data, path)
}

// adopt gives deployments the ids of the known environment that has their names. It
// refuses those to an environment that is not known, which would count nowhere.
func adopt(list []rules.Deployment, known *source.Known) error {
	if len(known.Environments) == 0 {
		return errors.New("nothing is kept of the policy's source yet: let fridaycounter run or once ask it first")
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

// joins refuses a file that has, for an environment which is to be complete from an instant
// on, no deployment that is known already or lies where everything is: there may be a hole
// between. Where from is zero nothing is to be complete.
func joins(list []rules.Deployment, known *source.Known, from time.Time) error {
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
			errs = append(errs, fmt.Errorf("--complete-from: the file has no deployment to %s that is known already, and none since %s, from when it is known: there may be a hole between", e.Name, e.CompleteFrom.UTC().Format(time.RFC3339)))
		}
	}
	return errors.Join(errs...)
}
