package engine

import (
	"context"
	"errors"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Ask polls a source once at now and returns all that it knows. It tells note of
// oddities. An error means that the source could not be asked whole, or that the
// rules name environments which it does not have.
func Ask(ctx context.Context, c *schema.Config, source Source, now time.Time, note func(string)) (rules.Facts, error) {
	f := newFacts()
	a, err := source.Poll(ctx, f, now)
	for _, n := range a.Notes {
		note(n.Text)
	}
	if err == nil {
		err = errors.Join(future(a.Deployments, now), unscoped(c.Rules, a.Environments))
	}
	if err != nil {
		return rules.Facts{}, err
	}
	f.merge(a)
	return f.view(), nil
}
