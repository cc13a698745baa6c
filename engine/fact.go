package engine

import (
	"fmt"
	"time"
)

// A fact is a date of a deployment: the server's clock has been there. The zero value is
// none.
type fact struct {
	at              time.Time
	id, environment string
}

// floor is before every instant that can be now.
func (f fact) floor() time.Time {
	if f.at.IsZero() {
		return f.at
	}
	return f.at.Add(-clockSlack)
}

// refuse is the error of a clock that is before the floor. The clock may also be right,
// and the server's have been wrong when it wrote the date.
func (f fact) refuse(now time.Time) error {
	return fmt.Errorf("this machine's clock says %s, which it cannot be: deployment %s of %s has a date of %s (hint: is a time server reached? Was that date right?)",
		now.UTC().Format(time.RFC3339), f.id, f.environment, f.at.UTC().Format(time.RFC3339))
}

// CheckClock returns an error for an instant that is before the latest date of a deployment
// by more than two clocks can differ: it cannot be now.
func (d *Docket) CheckClock(now time.Time) error {
	if d.latest.floor().After(now) {
		return d.latest.refuse(now)
	}
	return nil
}
