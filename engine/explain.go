package engine

import (
	"context"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Explain explains each rule's streak as of now, by rule name, from what a store
// knows of a configuration's source. dir is where the policy file is. It reads
// the store once more than [Court.Read].
func (c *Court) Explain(ctx context.Context, store Reader, config *schema.Config, dir string, now time.Time) ([]rules.Explanation, error) {
	d, err := c.Read(ctx, store, config, dir, now)
	if err != nil {
		return nil, err
	}
	return d.explain(ctx, store, now, func(*rules.Deployment) {})
}

// explain explains as of now what the docket judges, and calls also with each of its
// deployments, which may lack their versions.
func (d *Docket) explain(ctx context.Context, store Reader, now time.Time, also func(*rules.Deployment)) ([]rules.Explanation, error) {
	x := make([]*rules.Explainer, len(d.court.judges))
	for i, j := range d.court.judges {
		x[i] = rules.NewExplainer(j, now)
	}
	err := eachOf(ctx, store, d.view.source, d.environments, func(one *rules.Deployment, load func() error) error {
		for i, j := range d.court.judges {
			if j.ReadsVersion() {
				if err := load(); err != nil {
					return err
				}
			}
			x[i].Add(one)
		}
		also(one)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var list []rules.Explanation
	for i := range x {
		e := x[i].Explain(d.environments)
		for one := range e.Deployments() {
			whole, ok, err := store.Deployment(ctx, d.view.source, one.EnvironmentID, one.ID)
			if err != nil {
				return nil, err
			}
			if ok {
				one.Version, one.URL = whole.Version, whole.URL
			}
		}
		list = append(list, e)
	}
	return list, nil
}
