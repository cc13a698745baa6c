package web

import (
	"fmt"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A chart is what the wall showed over the days of the year: stairs, with a fall at
// each breach.
//
// Its curves are stretched to the width of the page; the words are not, so that they
// can be read on a phone.
type chart struct {
	Description         string // for those who do not see it
	Levels              []level
	Ended, Current, End string // paths of the streaks, and of a tick where one ended

	days []rules.Day
	top  int // weeks
}

// A level is a line at a number of weeks.
type level struct{ Weeks, Y int }

const (
	perDay      = 10 // units along the days
	chartHeight = 150
)

// Chart returns nil without days, and where none of them has a streak.
func (p page) Chart() *chart {
	c := &chart{days: p.Year.Days}
	if len(c.days) == 0 {
		return nil
	}
	var streaks []Streak
	longest, current := 0, "none goes on"
	for _, r := range p.Year.Streaks {
		r.Start, r.End = r.Start.In(p.At.Location()), r.End.In(p.At.Location())
		if r.Current || r.End.IsZero() {
			r.End = p.At
		}
		if c.day(r.End) < 0 {
			continue
		}
		streaks, longest = append(streaks, r), max(longest, r.Weeks)
		if r.Current {
			current = "the current one has " + count(r.Weeks, "week", "weeks")
		}
	}
	if len(streaks) == 0 {
		return nil
	}
	c.Description = fmt.Sprintf("%s from %s to %s. The longest had %s; %s.", count(len(streaks), "streak", "streaks"),
		noon(c.days[0].Date).Format(date), noon(c.days[len(c.days)-1].Date).Format(date), count(longest, "week", "weeks"), current)
	step := levelStep(longest)
	c.top = max(1, (longest+step-1)/step) * step
	for weeks := 0; weeks <= c.top; weeks += step {
		c.Levels = append(c.Levels, level{weeks, c.y(weeks)})
	}
	for _, r := range streaks {
		if r.Current {
			c.Current += c.stairs(r)
		} else {
			c.Ended += c.stairs(r)
			c.End += fmt.Sprintf("M%d %dv6", c.x(c.day(r.End)), chartHeight)
		}
	}
	return c
}

// levelStep returns the weeks from one line to the next, for at most four lines.
func levelStep(most int) int {
	for step := 1; ; step *= 10 {
		for _, s := range []int{step, 2 * step, 5 * step} {
			if 4*s >= most {
				return s
			}
		}
	}
}

// Width returns the units of all days.
func (c *chart) Width() int { return perDay * len(c.days) }

// day returns how many days after the first midnight the wall's clock reads t. A
// day of 23 hours is as wide as any other.
func (c *chart) day(t time.Time) float64 {
	y, m, d := t.Date()
	wall := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, time.UTC)
	return wall.Sub(noon(c.days[0].Date)).Hours()/24 + 0.5
}

func (c *chart) x(day float64) int { return int(perDay * min(max(day, 0), float64(len(c.days)))) }

func (c *chart) y(weeks int) int { return chartHeight - weeks*chartHeight/c.top }

// stairs returns the path of a streak; one that never reached a week has none.
func (c *chart) stairs(r Streak) string {
	if r.Weeks <= 0 {
		return ""
	}
	start, end := c.day(r.Start), c.day(r.End)
	every := 7.0
	if fit := (end - start) / float64(r.Weeks); fit < 7 || fit >= 14 {
		every = fit // it counts something other than seven days
	}
	d := fmt.Appendf(nil, "M%d %d", c.x(start+every), chartHeight)
	for k := 1; k <= r.Weeks; k++ {
		d = fmt.Appendf(d, "H%dV%d", c.x(start+float64(k)*every), c.y(k))
	}
	return string(fmt.Appendf(d, "H%dV%d", c.x(end), chartHeight))
}
