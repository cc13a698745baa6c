package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A weekTable is the hours of the week: a row for each weekday, a column for each
// hour.
type weekTable struct {
	Summary string
	Rows    [7]hoursRow
}

type hoursRow struct {
	Name, Short string
	Hours       [24]hourCell
}

type hourCell struct {
	Class string
	Count int
	More  string // for those who do not see the class: ", 1 breach, forbidden"
}

// Week returns nil as long as the year is not known.
func (p page) Week() *weekTable {
	if len(p.Year.Days) == 0 {
		return nil
	}
	t := &weekTable{Summary: "Deployments of these days by the hour of the week in which they began."}
	most, when := 0, ""
	for row := range t.Rows {
		day := time.Weekday((row + 1) % 7)
		t.Rows[row] = hoursRow{Name: day.String(), Short: day.String()[:3]}
		for hour, h := range p.Year.Hours[day] {
			if h.Deployments > most {
				most, when = h.Deployments, fmt.Sprintf("%s at %02d", day, hour)
			}
		}
	}
	if most > 0 {
		t.Summary += fmt.Sprintf(" Most: %d, %s.", most, when)
	}
	for row := range t.Rows {
		for hour, h := range p.Year.Hours[(row+1)%7] {
			t.Rows[row].Hours[hour] = newHourCell(h, most)
		}
	}
	return t
}

// newHourCell shades an hour by its share of the busiest.
func newHourCell(h rules.Hour, most int) hourCell {
	c := hourCell{Count: max(h.Deployments, 0)}
	switch {
	case h.Breaches > 0:
		c.Class, c.More = "breach", ", "+count(h.Breaches, "breach", "breaches")
	case c.Count > 0:
		c.Class = fmt.Sprint("n", (4*c.Count+most-1)/most)
	}
	class, words := share(h.Forbidden)
	c.Class, c.More = strings.TrimSpace(c.Class+class), c.More+words
	return c
}
