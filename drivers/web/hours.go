package web

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A week is the hours of the week: a row for each weekday, a column for each hour.
type week struct {
	Summary string
	Rows    [7]weekRow
}

type weekRow struct {
	Name  string
	Hours [24]hour
}

type hour struct {
	Class string
	Count int
	More  string // for those who do not see the class: ", 1 breach, forbidden"
}

// Week returns nil as long as the year is not known.
func (p page) Week() *week {
	if len(p.Year.Days) == 0 {
		return nil
	}
	w := &week{Summary: "Deployments of these days by the hour of the week in which they began."}
	most, when := 0, ""
	for row := range w.Rows {
		day := weekday(row)
		w.Rows[row].Name = day.String()
		for i, h := range p.Year.Hours[day] {
			if h.Deployments > most {
				most, when = h.Deployments, fmt.Sprintf(" Most: %d, %s at %02d.", h.Deployments, day, i)
			}
		}
	}
	w.Summary += when
	for row := range w.Rows {
		for i, h := range p.Year.Hours[weekday(row)] {
			w.Rows[row].Hours[i] = newHour(h, most)
		}
	}
	return w
}

// newHour shades an hour by its share of the busiest.
func newHour(h rules.Hour, most int) hour {
	class, more := "", ""
	if h.Breaches > 0 {
		class, more = "breach", ", "+count(h.Breaches, "breach", "breaches")
	} else if h.Deployments > 0 {
		class = fmt.Sprint("n", (4*h.Deployments+most-1)/most)
	}
	forbidden, words := share(h.Forbidden)
	return hour{strings.TrimSpace(class + forbidden), h.Deployments, more + words}
}
