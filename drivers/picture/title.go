package picture

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// title says what a cell is: "Friday 13 March 2026: kept".
func (s *Strip) title(c *cell) string {
	if len(c.holds) == 1 {
		o := c.holds[0]
		return s.when(o) + ": " + what(o)
	}
	return fmt.Sprintf("%s, %d windows: %s", c.holds[0].Start.In(s.zone()).Format(day), len(c.holds), counts(c.holds))
}

// what says what became of an occurrence.
func what(o *rules.Occurrence) string {
	if o.Fate != rules.FateBroken || o.Breach == nil {
		return word(o.Fate)
	}
	many := "1 deployment"
	if o.Breaches != 1 {
		many = fmt.Sprintf("the latest of %d deployments", o.Breaches)
	}
	return fmt.Sprintf("broken by %s, %s", subject(&o.Breach.Deployment), many)
}

// counts says what became of several: "1 broken, the latest by hotfix of shop to
// Production; 2 kept".
func counts(list []*rules.Occurrence) string {
	var said []string
	for _, f := range fates() {
		n := 0
		var latest *rules.Breach
		for _, o := range list {
			if word(o.Fate) != word(f) {
				continue
			}
			if n++; o.Breach != nil && (latest == nil || latest.At.Before(o.Breach.At)) {
				latest = o.Breach
			}
		}
		text := fmt.Sprintf("%d %s", n, word(f))
		if f == rules.FateBroken && latest != nil {
			text += ", the latest by " + subject(&latest.Deployment)
		}
		if n > 0 {
			said = append(said, text)
		}
	}
	return strings.Join(said, "; ")
}

// subject names a deployment.
func subject(d *rules.Deployment) string {
	name := brief(d.Version)
	if name == "" {
		name = "deployment " + brief(d.ID)
	}
	if d.Project != "" {
		name += " of " + brief(d.Project)
	}
	if d.Environment != "" {
		name += " to " + brief(d.Environment)
	}
	return name
}

const (
	day   = "Monday 2 January 2006"
	clock = "15:04"
)

// when says the time of an occurrence, by whole days where it can:
// "Friday 13 March 2026, 14:00 to 18:00".
func (s *Strip) when(o *rules.Occurrence) string {
	start, end := o.Start.In(s.zone()), o.End.In(s.zone())
	last := end.Add(-1)
	from, to := start.Format(day), last.Format(day)
	whole := startsDay(start) && (o.End.IsZero() || startsDay(end))
	switch {
	case o.Start.IsZero() && o.End.IsZero():
		return "always"
	case o.Start.IsZero():
		return "until " + to + ", " + closing(end)
	case !whole:
		from += ", " + start.Format(clock)
	}
	switch {
	case o.End.IsZero():
		return "from " + from + " on"
	case whole && sameDay(start, last):
		return from
	case whole:
		return from + " to " + to
	case sameDay(start, last):
		return from + " to " + closing(end)
	}
	return from + " to " + to + ", " + closing(end)
}

// closing reads the clock at an end, which is not inside: 24:00 at a day's.
func closing(end time.Time) string {
	if startsDay(end) {
		return "24:00"
	}
	return end.Format(clock)
}

// startsDay reports whether t is the first instant of its day, which where the
// clock is put forward at midnight is not midnight.
func startsDay(t time.Time) bool { return !sameDay(t, t.Add(-1)) }

func sameDay(a, b time.Time) bool { return dateOf(a) == dateOf(b) }
