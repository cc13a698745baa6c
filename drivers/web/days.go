package web

import (
	"fmt"
	"math/bits"
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
	Days        []*rules.Day
}

// A swatch is a figure of the legend and its meaning.
type swatch struct{ Class, Word string }

// latestDays returns the days that a picture has room for.
func (v *View) latestDays() []rules.Day {
	return v.Year.Days[max(0, len(v.Year.Days)-picture.MaxDays):]
}

// Days returns nil without days.
func (p page) Days() *daysTable {
	days := p.latestDays()
	if len(days) == 0 {
		return nil
	}
	offset := (int(noon(days[0].Date).Weekday()) + 6) % 7 // from Monday
	t := &daysTable{Summary: picture.Summary(days), First: days[0].Date, Months: months(days, offset), Legend: p.legend(days)}
	for row := range t.Rows {
		name := time.Weekday((row + 1) % 7).String()
		t.Rows[row] = daysRow{Name: name, Short: name[:3], Late: row < offset}
	}
	for i := range days {
		row := &t.Rows[(offset+i)%7]
		row.Days = append(row.Days, &days[i])
	}
	return t
}

// DayName says a day and what happened on it.
func (page) DayName(d *rules.Day) string {
	return noon(d.Date).Format(date) + ": " + picture.DayWords(d)
}

// DayClass says how a day is drawn; a known one without deployments has no class.
func (page) DayClass(d *rules.Day) string {
	class := picture.DayClass(d)
	if class == "known" {
		class = ""
		if d.Deployments > 0 { // 1, 2, 4, 8 or more, as in [picture.Calendar]
			class = fmt.Sprint("n", min(bits.Len(uint(d.Deployments)), 4))
		}
	}
	forbidden, _ := share(d.Forbidden)
	return strings.TrimSpace(class + forbidden)
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

// noon returns an instant of a date, to format it.
func noon(d rules.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
}

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

// legend explains the figures; the rare ones only where they are used.
func (p page) legend(days []rules.Day) []swatch {
	list := []swatch{{"", "none"}, {"n1", "1"}, {"n2", "2 to 3"}, {"n3", "4 to 7"}, {"n4", "8 or more deployments"}, {"breach", "breach"}, {"forbidden", "forbidden"}}
	used := make(map[string]bool)
	for i := range days {
		for _, class := range strings.Fields(p.DayClass(&days[i])) {
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
