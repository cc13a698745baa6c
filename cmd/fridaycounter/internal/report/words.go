package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// Windows says a list of windows as a person would: "Thursday, Friday from
// 14:00". Entries are joined by commas.
func Windows(ws []rules.Window) string {
	said := make([]string, len(ws))
	for i, w := range ws {
		said[i] = window(w)
	}
	return strings.Join(said, ", ")
}

func window(w rules.Window) string {
	var parts []string
	if days := weekdays(w.Weekdays); days != "" {
		parts = append(parts, days)
	}
	if dates := dates(w.Dates); dates != "" {
		parts = append(parts, dates)
	}
	if clock := clock(w.From, w.To); clock != "" {
		parts = append(parts, clock)
	}
	if len(parts) == 0 {
		return "always"
	}
	return strings.Join(parts, " ")
}

func weekdays(list []time.Weekday) string {
	var days []string
	for i := range 7 {
		day := time.Weekday((i + 1) % 7) // a week begins on Monday
		if slices.Contains(list, day) {
			days = append(days, day.String())
		}
	}
	return strings.Join(days, ", ")
}

func dates(ranges []rules.DateRange) string {
	said := make([]string, len(ranges))
	for i, r := range ranges {
		said[i] = r.First.String()
		if r.Last != r.First {
			said[i] += " to " + r.Last.String()
		}
	}
	return strings.Join(said, ", ")
}

func clock(from, to int) string {
	wholeDay := from == 0 && (to == 0 || to == 24*60)
	switch {
	case wholeDay:
		return ""
	case to == 24*60:
		return "from " + hhmm(from)
	case from == 0:
		return "until " + hhmm(to)
	}
	return hhmm(from) + "-" + hhmm(to)
}

func hhmm(c int) string { return fmt.Sprintf("%02d:%02d", c/60, c%60) }

// Weeks says a streak's number: "7 weeks", "at least 1 week", "unknown".
func Weeks(s rules.Streak) string {
	if !s.Known {
		return number(s)
	}
	return number(s) + map[bool]string{true: " week", false: " weeks"}[s.Weeks == 1]
}

// number says a streak's number without its unit.
func number(s rules.Streak) string {
	switch {
	case !s.Known:
		return "unknown"
	case s.AtLeast:
		return fmt.Sprintf("at least %d", s.Weeks)
	}
	return fmt.Sprint(s.Weeks)
}

// Subject names a deployment: "release-1075 of shop to Production".
func Subject(d rules.Deployment) string {
	name := d.Version
	if name == "" {
		name = "deployment " + d.ID
	}
	if d.Project != "" {
		name += " of " + d.Project
	}
	return name + " to " + d.Environment
}
