package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// readDockets fills empty dockets of the same view from a store, as of what asOf says
// of the instant of its last good poll.
func readDockets(ctx context.Context, store Reader, v view, asOf func(good time.Time) time.Time, dockets ...*Docket) error {
	c, err := store.Coverage(ctx, v.source)
	if err != nil || c.Good.IsZero() {
		return err
	}
	now := asOf(c.Good)
	environments := v.of(c.Environments)
	err = eachOf(ctx, store, v.source, environments, func(x *rules.Deployment, load func() error) error {
		for _, d := range dockets {
			if err := d.take(x, load, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range dockets {
		d.environments, d.good = environments, c.Good
		if err := d.complete(ctx, store, now); err != nil {
			return err
		}
	}
	return nil
}

// eachOf calls take with each deployment to the environments, under the names that
// those have now: a rename takes nothing out of a rule's scope.
func eachOf(ctx context.Context, store Reader, source string, environments []rules.Environment, take func(*rules.Deployment, func() error) error) error {
	names := map[string]*rules.Environment{}
	for i := range environments {
		names[environments[i].ID] = &environments[i]
	}
	return store.Each(ctx, source, func(x *rules.Deployment, load func() error) error {
		e := names[x.EnvironmentID]
		if e == nil {
			return nil
		}
		rename(x, e)
		return take(x, load)
	})
}

// rename gives a deployment the present names of its environment.
func rename(x *rules.Deployment, e *rules.Environment) {
	x.Environment, x.ProjectID, x.Project = e.Name, e.ProjectID, e.Project
}
