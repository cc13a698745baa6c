package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/jsonl"
	"github.com/fridaycounter/fridaycounter/engine"
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

// importFile adds the deployments of a file to what is known of the policy's source.
func (p *program) importFile(ctx context.Context, path, since string) error {
	now := clock()
	court, config, err := p.court(ctx, p.configPath())
	if err != nil {
		return err
	}
	var from time.Time
	if since != "" {
		if from, err = parseInstant("--complete-from", since, court.Zone()); err != nil {
			return err
		}
		if from.After(now) {
			return fmt.Errorf("--complete-from %s is in the future", since)
		}
	}
	deployments, err := p.decodeFile(ctx, path)
	if err != nil {
		return err
	}
	if err := engine.Future(deployments, now); err != nil {
		return err
	}
	source := engine.SourceKey(config, filepath.Dir(p.configPath()))
	return p.writeHistory(ctx, func(file *history.Store) error {
		known, err := file.Environments(ctx, source)
		if err != nil {
			return err
		}
		if err := adopt(deployments, known); err != nil {
			return err
		}
		fresh, err := unknown(ctx, file, source, deployments)
		if err != nil {
			return err
		}
		var covered []rules.Environment
		if !from.IsZero() {
			if covered, err = p.cover(ctx, file, source, deployments, known, from); err != nil {
				return err
			}
		}
		if _, err := file.Import(ctx, source, covered, each(fresh), now, nil); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s read, %d new, %d known already\n", plural(len(deployments), "deployment"), len(fresh), len(deployments)-len(fresh))
		return err
	})
}

// decodeFile reads deployments from a file, or from standard input for "-".
func (p *program) decodeFile(ctx context.Context, path string) ([]rules.Deployment, error) {
	if path == "-" {
		return jsonl.Decode(ctx, p.stdin, "standard input")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return jsonl.Decode(ctx, io.Reader(file), path)
}

func each(list []rules.Deployment) iter.Seq2[rules.Deployment, error] {
	return func(yield func(rules.Deployment, error) bool) {
		for _, d := range list {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// adopt gives deployments the ids of the known environment that has their names. It
// refuses those to an environment that is not known, which would count nowhere.
func adopt(list []rules.Deployment, known []history.Environment) error {
	have := []string{}
	for _, e := range known {
		have = append(have, fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID))
	}
	if len(have) == 0 {
		return errors.New("nothing is kept of the policy's source yet: let fridaycounter run or once ask it first")
	}
	for i := range list {
		d := &list[i]
		at := slices.IndexFunc(known, func(e history.Environment) bool { return e.ID == d.EnvironmentID })
		if at < 0 {
			at = slices.IndexFunc(known, func(e history.Environment) bool { return e.Name == d.Environment && e.Project == d.Project })
		}
		if at < 0 {
			return fmt.Errorf("deployment %s is to %s/%s, and there is no such environment: there is %s", d.ID, d.Project, d.Environment, strings.Join(have, ", "))
		}
		d.EnvironmentID, d.ProjectID = known[at].ID, known[at].ProjectID
	}
	return nil
}

// unknown returns the deployments that are not known yet.
func unknown(ctx context.Context, file *history.Store, source string, list []rules.Deployment) ([]rules.Deployment, error) {
	var fresh []rules.Deployment
	for _, d := range list {
		_, ok, err := file.Deployment(ctx, source, d.EnvironmentID, d.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			fresh = append(fresh, d)
		}
	}
	return fresh, nil
}

// cover returns the environments of the deployments as they are known with them.
// Those must join what is known, or there would be a hole between.
func (p *program) cover(ctx context.Context, file *history.Store, source string, list []rules.Deployment, known []history.Environment, from time.Time) ([]rules.Environment, error) {
	var covered []rules.Environment
	var errs []error
	in := map[string]bool{}
	for _, d := range list {
		in[d.EnvironmentID] = true
	}
	for _, e := range known {
		if !in[e.ID] || !from.Before(e.CompleteFrom) {
			continue
		}
		if ok, err := joins(ctx, file, source, list, e.Environment); err != nil {
			return nil, err
		} else if !ok {
			errs = append(errs, fmt.Errorf("--complete-from: the file has no deployment to %s that is known already, and none since %s, from when it is known: there may be a hole between", e.Name, e.CompleteFrom.UTC().Format(time.RFC3339)))
		}
		e.CompleteFrom = from
		covered = append(covered, e.Environment)
	}
	return covered, errors.Join(errs...)
}

// joins reports whether some of the deployments to an environment are known
// already, or lie where everything is.
func joins(ctx context.Context, file *history.Store, source string, list []rules.Deployment, e rules.Environment) (bool, error) {
	for _, d := range list {
		if d.EnvironmentID != e.ID {
			continue
		}
		if !d.Started.IsZero() && !d.Started.Before(e.CompleteFrom) {
			return true, nil
		}
		if _, ok, err := file.Deployment(ctx, source, d.EnvironmentID, d.ID); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
