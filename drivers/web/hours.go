package web

import (
	"fmt"
	"strings"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A week is the hours of the week: a row for each weekday, a column for each hour. Hours
// at the ends of the day, and a weekend, are left out where nobody deploys.
type week struct {
	Summary string
	Hours   []int // of the columns
	Rows    []weekRow
}

type weekRow struct {
	Name  string
	Hours []hour
}

type hour struct {
	Class string
	Count int
	More  string // for those who do not see the class: ", 1 breach, forbidden"
}

// Week returns nil as long as the year is not known, and where nothing was deployed in it.
func (p page) Week() *week {
	first, last, most, when := 24, -1, 0, ""
	rows := 5
	for row := range 7 {
		day := weekday(row)
		for i, h := range p.Year.Hours[day] {
			if h.Deployments == 0 {
				continue
			}
			first, last, rows = min(first, i), max(last, i), max(rows, row+1)
			if h.Deployments > most {
				most, when = h.Deployments, fmt.Sprintf("most: %d, %s at %02d", h.Deployments, day, i)
			}
		}
	}
	if most == 0 || len(p.Year.Days) == 0 {
		return nil
	}
	w := &week{Summary: when}
	for i := first; i <= last; i++ {
		w.Hours = append(w.Hours, i)
	}
	for row := range rows {
		r := weekRow{Name: weekday(row).String()}
		for _, h := range p.Year.Hours[weekday(row)][first : last+1] {
			r.Hours = append(r.Hours, newHour(h, most))
		}
		w.Rows = append(w.Rows, r)
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
