package picture

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Calendar is a year of deployments: a column for each week, which begins on
// Monday, and in it a cell for each day.
//
//   - The more deployments began on a day, the darker it is: none, 1, 2 to 3, 4 to 7,
//     8 or more.
//   - A day with a breach is red, with a cross cut out.
//   - A forbidden day has a frame, one that is forbidden in part a line below.
//   - A day of which not all is known is hatched, one to come a dot.
//
// Only the numbers of deployments need the shades; all else has a shape.
//
// A Calendar is only read by its methods, so several may run at the same time.
type Calendar struct {
	Title    string         // any text, as all texts here: it is cleaned, and cut where it is too long
	Sentence string         // says the number: "12 weeks since Friday 19 December 2025."
	Zone     *time.Location // of the days; nil: UTC
	Days     []rules.Day    // consecutive, the oldest first, 1 to [MaxDays]
}

// MaxDays is the most days of a calendar: 53 weeks.
const MaxDays = 371

// WriteSVG writes the calendar as one SVG element, which can stand alone or in a
// page. It has a ground of its own, no styles and no scripts, and refers to nothing
// outside of it. The same calendar always gives the same bytes. Errors: too many
// days or none, days that do not follow each other, and those of w.
func (c Calendar) WriteSVG(w io.Writer) error {
	err := c.check()
	if err == nil {
		_, err = w.Write(c.sheet().svg())
	}
	if err != nil {
		return fmt.Errorf("draw the calendar %q as SVG: %w", brief(c.Title), err)
	}
	return nil
}

func (c *Calendar) check() error {
	switch n := len(c.Days); {
	case n == 0:
		return errors.New("it has no days")
	case n > MaxDays:
		return fmt.Errorf("%d days are more than %d", n, MaxDays)
	}
	want := date(c.Days[0].Date).time()
	for i := range c.Days {
		if got := c.Days[i].Date; got != rules.DateOf(want) {
			return fmt.Errorf("day %d is %s, want %s", i+1, got, rules.DateOf(want))
		}
		want = want.AddDate(0, 0, 1)
	}
	return nil
}

func (c *Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}
