package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A daysTable is the year: a column for each week, a row for each weekday.
type daysTable struct {
	Summary string
	First   rules.Date // live.js counts the days from it
	Months  []month
	Rows    [7]daysRow
	Legend  []swatch
}

// A month stands above the columns of the weeks in which its days begin.
type month struct {
	Name  string // "" where there is no room
	Weeks int
}

type daysRow struct {
	Name, Short string
	Late        bool // the first week begins after this weekday
	Days        []dayCell
}

// Cells writes the days past the template, which took a quarter of the page's time for
// them. A cell has words of our own only, and nothing to escape.
func (r daysRow) Cells() template.HTML {
	var b []byte
	for _, c := range r.Days {
		b = append(b, "<td"...)
		if c.Class != "" {
			b = append(append(append(b, ` class="`...), c.Class...), '"')
		}
		if c.Date != "" {
			b = append(append(append(b, ` data-date="`...), c.Date...), '"')
		}
		b = append(append(append(b, " tabindex=0><b>"...), c.Name...), "</b>\n"...)
	}
	return template.HTML(b)
}

// A dayCell is one of up to 371: whatever it has is in the page as often.
type dayCell struct {
	Class string
	Date  string // of a day with a breach only, as 2026-03-13
	Name  string
}

// A swatch is a figure of the legend, and what it means.
type swatch struct{ Class, Word string }

// newDaysTable returns nil without days.
func newDaysTable(days []rules.Day) *daysTable {
	days = days[max(0, len(days)-picture.MaxDays):]
	if len(days) == 0 {
		return nil
	}
	offset := weekday(noon(days[0].Date))
	t := &daysTable{Summary: summary(days), First: days[0].Date, Months: months(days, offset), Legend: legend(days)}
	for row := range t.Rows {
		name := time.Weekday((row + 1) % 7).String()
		t.Rows[row] = daysRow{Name: name, Short: name[:3], Late: row < offset}
	}
	for i := range days {
		row := &t.Rows[(offset+i)%7]
		row.Days = append(row.Days, newDayCell(&days[i]))
	}
	return t
}

func newDayCell(d *rules.Day) dayCell {
	c := dayCell{Class: dayClass(d), Name: noon(d.Date).Format(date) + ": " + picture.DayWords(d)}
	if d.Breaches > 0 && !d.Ahead {
		c.Date = d.Date.String()
	}
	return c
}

// dayClass says how a day is drawn; a known one without deployments has no class.
func dayClass(d *rules.Day) string {
	var classes []string
	switch shade := dayShade(d.Deployments); {
	case d.Ahead:
		classes = append(classes, "ahead")
	case d.Breaches > 0:
		classes = append(classes, "breach")
	case !d.Known:
		classes = append(classes, "unknown")
	case shade > 0:
		classes = append(classes, fmt.Sprint("n", shade))
	}
	return strings.Join(append(classes, shareClass(d.Forbidden)...), " ")
}

// dayShade is the shade of a number of deployments, as [picture.Calendar] has it.
func dayShade(deployments int) int {
	shade := 0
	for _, least := range []int{1, 2, 4, 8} {
		if deployments >= least {
			shade++
		}
	}
	return shade
}

func shareClass(s rules.Share) []string {
	switch s {
	case rules.SharePart:
		return []string{"partly"}
	case rules.ShareWhole:
		return []string{"forbidden"}
	}
	return nil
}

func shareWords(s rules.Share) string {
	switch s {
	case rules.SharePart:
		return ", forbidden in part"
	case rules.ShareWhole:
		return ", forbidden"
	}
	return ""
}

// noon is an instant of a date that is for words only: the zone's clock has no part
// in it.
func noon(d rules.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
}

// weekday counts from Monday.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// months names the columns. A name takes two of them.
func months(days []rules.Day, offset int) []month {
	var list []month
	last := -1 // column where the last month begins
	for i := range days {
		column := (offset + i) / 7
		if i > 0 && days[i].Date.Day != 1 || column == last {
			continue
		}
		if last >= 0 {
			list[len(list)-1].Weeks = column - last
		}
		list = append(list, month{Name: days[i].Date.Month.String()[:3]})
		last = column
	}
	list[len(list)-1].Weeks = (offset+len(days)-1)/7 + 1 - last
	for i := range list {
		if list[i].Weeks < 2 {
			list[i].Name = ""
		}
	}
	return list
}

// summary says the year to those who do not see it.
func summary(days []rules.Day) string {
	ran, broke := 0, 0
	for i := range days {
		if !days[i].Ahead {
			ran += max(days[i].Deployments, 0)
			broke += max(days[i].Breaches, 0)
		}
	}
	first, last := noon(days[0].Date), noon(days[len(days)-1].Date)
	return fmt.Sprintf("%s to %s: %s, %s", first.Format(date), last.Format(date), count(ran, "deployment", "deployments"), count(broke, "breach", "breaches"))
}

// legend explains the figures, of those that are rare only what is used.
func legend(days []rules.Day) []swatch {
	list := []swatch{{"", "none"}, {"n1", "1"}, {"n2", "2 to 3"}, {"n3", "4 to 7"}, {"n4", "8 or more deployments"}, {"breach", "breach"}, {"forbidden", "forbidden"}}
	used := make(map[string]bool)
	for i := range days {
		for _, class := range strings.Fields(dayClass(&days[i])) {
			used[class] = true
		}
	}
	for _, s := range []swatch{{"partly", "forbidden in part"}, {"unknown", "not known"}, {"ahead", "to come"}} {
		if used[s.Class] {
			list = append(list, s)
		}
	}
	return list
}
