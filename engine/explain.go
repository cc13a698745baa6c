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
	d := newDocket(c, newView(config, dir))
	if err := readDockets(ctx, store, d.view, now, d); err != nil {
		return nil, err
	}
	x := make([]*rules.Explainer, len(c.judges))
	for i, j := range c.judges {
		x[i] = rules.NewExplainer(j, now)
	}
	err := eachOf(ctx, store, d.view.source, d.environments, func(one *rules.Deployment, load func() error) error {
		for i, j := range c.judges {
			if j.ReadsVersion() {
				if err := load(); err != nil {
					return err
				}
			}
			x[i].Add(one)
		}
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
