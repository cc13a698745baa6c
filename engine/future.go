package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// future returns an error for the deployments with a date too far ahead of now
// to be explained by two clocks, and nil if there are none.
func future(deployments []rules.Deployment, now time.Time) error {
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

// names lists environments for a message.
func names(environments []rules.Environment) string {
	said := make([]string, 0, len(environments))
	for _, e := range environments {
		said = append(said, fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID))
	}
	return strings.Join(said, ", ")
}
