package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Future returns an error for the deployments with a date too far ahead of now
// to be explained by two clocks, and nil if there are none.
func Future(deployments []rules.Deployment, now time.Time) error {
	var errs []error
	for i := range deployments {
		d := &deployments[i]
		if at, ahead := d.Ahead(now); ahead {
			errs = append(errs, fmt.Errorf("deployment %s of %s has a date %s ahead of this clock (%s): check both clocks",
				d.ID, d.Environment, at.Sub(now).Round(time.Minute), at.UTC().Format(time.RFC3339)))
		}
	}
	return errors.Join(errs...)
}
