package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A calendar is the days of a year, as the page and calendar.svg show them: a column for
// each week, a row for each weekday.
type calendar struct {
	Summary string
	Total   int        // deployments
	First   rules.Date // live.js counts the days from it
	Months  []month
	Rows    [7]calendarRow
	Legend  [2][]figure // of the deployments; of the rest
	step    int         // deployments from one shade to the next
}

// A month stands above the weeks in which its days begin.
type month struct {
	Name          string // "" where there is no room
	Year          int    // 0 where there is no room or no need
	Column, Weeks int
}

// Percent returns where it begins in the year.
func (m month) Percent() float64 { return float64(m.Column) / 53 * 100 }

type calendarRow struct {
	Name string
	Days []*rules.Day
}

// A figure is a way to draw a day, and its meaning.
type figure struct{ Class, Word string }

// Calendar returns nil without days.
func (p page) Calendar() *calendar {
	days := p.Year.Days
	if len(days) == 0 {
		return nil
	}
	c := &calendar{Summary: summary(days), First: days[0].Date, Months: months(days), step: shadeStep(days)}
	used := ""
	for i := range days {
		if !days[i].Ahead {
			c.Total += days[i].Deployments
		}
		row := &c.Rows[i%7]
		row.Name, row.Days = weekday(i%7).String(), append(row.Days, &days[i])
		used += c.Class(&days[i]) + " "
	}
	c.Legend[0] = []figure{{"", "none"}}
	for n := 1; n < 4; n++ {
		word := fmt.Sprint(n * c.step)
		if c.step > 1 {
			word = fmt.Sprintf("%d to %d", (n-1)*c.step+1, n*c.step)
		}
		c.Legend[0] = append(c.Legend[0], figure{fmt.Sprint("n", n), word})
	}
	c.Legend[0] = append(c.Legend[0], figure{"n4", fmt.Sprint(3*c.step+1, " or more deployments")})
	c.Legend[1] = []figure{{"breach", "breach"}, {"forbidden", "forbidden"}}
	for _, rare := range []figure{{"partly", "forbidden in part"}, {"unknown", "not known"}, {"ahead", "to come"}} {
		if strings.Contains(used, rare.Class) {
			c.Legend[1] = append(c.Legend[1], rare)
		}
	}
	return c
}

// weekday returns that of a row.
func weekday(row int) time.Weekday { return time.Weekday((row + 1) % 7) }

// months names the columns. A name takes two of them, with its year four.
func months(days []rules.Day) (list []month) {
	for i, d := range days {
		if i > 0 && d.Date.Day != 1 {
			continue
		}
		m := month{Name: d.Date.Month.String()[:3], Column: i / 7}
		if i == 0 || d.Date.Month == time.January {
			m.Year = d.Date.Year
		}
		if n := len(list); n > 0 && list[n-1].Column == m.Column { // that one has no week of its own
			list = list[:n-1]
		}
		list = append(list, m)
	}
	end := len(days) / 7
	for i := range slices.Backward(list) {
		m := &list[i]
		m.Weeks, end = end-m.Column, m.Column
		if m.Weeks < 2 {
			m.Name = ""
		}
		if m.Weeks < 4 {
			m.Year = 0
		}
	}
	return list
}

// shadeStep returns the deployments from one of four shades to the next, so that they fit
// all but the busiest days, one in 20.
func shadeStep(days []rules.Day) int {
	var list []int
	for _, d := range days {
		if d.Deployments > 0 && !d.Ahead {
			list = append(list, d.Deployments)
		}
	}
	if len(list) == 0 {
		return 1
	}
	slices.Sort(list)
	return (list[(len(list)-1)*19/20] + 3) / 4
}

// Class says how a day is drawn; a known one without deployments has no class.
func (c *calendar) Class(d *rules.Day) string {
	class := ""
	switch {
	case d.Ahead:
		class = "ahead"
	case d.Breaches > 0:
		class = "breach"
	case !d.Known:
		class = "unknown"
	case d.Deployments > 0:
		class = fmt.Sprint("n", min((d.Deployments-1)/c.step+1, 4))
	}
	forbidden, _ := share(d.Forbidden)
	return strings.TrimSpace(class + forbidden)
}

// DayName says a day and what happened on it: "Friday 13 March 2026: 2 deployments,
// 1 breach, forbidden".
func (page) DayName(d *rules.Day) string {
	words := count(d.Deployments, "deployment", "deployments")
	switch none := d.Deployments == 0; {
	case d.Ahead:
		words = "to come"
	case none && d.Known:
		words = "no deployments"
	case none:
		words = "not known"
	case !d.Known:
		words = "at least " + words
	}
	if d.Breaches > 0 && !d.Ahead {
		words += ", " + count(d.Breaches, "breach", "breaches")
	}
	_, forbidden := share(d.Forbidden)
	return noon(d.Date).Format(shortDate) + ": " + words + forbidden
}

// share returns the class and the words of a share that is forbidden.
func share(s float64) (class, words string) {
	switch {
	case s == 1:
		return " forbidden", ", forbidden"
	case s > 0:
		return " partly", ", forbidden in part"
	}
	return "", ""
}

// summary says what happened on consecutive days, at least one.
func summary(days []rules.Day) string {
	deployments, breaches := 0, 0
	for _, d := range days {
		if !d.Ahead {
			deployments, breaches = deployments+d.Deployments, breaches+d.Breaches
		}
	}
	return fmt.Sprintf("%s to %s: %s, %s", noon(days[0].Date).Format(date), noon(days[len(days)-1].Date).Format(date),
		count(deployments, "deployment", "deployments"), count(breaches, "breach", "breaches"))
}

// noon returns an instant of a date, to format it.
func noon(d rules.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
}

// count says a number of things.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}
