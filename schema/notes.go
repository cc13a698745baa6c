package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// Notes returns what an accepted policy says and somebody may not mean. The instant decides which
// dates are to come.
func (c *Config) Notes(now time.Time) []Diagnostic {
	var n notes
	if strings.HasPrefix(c.Timezone, "Etc/GMT") || slices.Contains([]string{"EST", "MST", "HST"}, c.Timezone) {
		wrong := c.Timezone + " has no daylight saving time"
		if strings.ContainsAny(c.Timezone, "+-") {
			wrong += ", and its sign is the other way round: Etc/GMT+5 is UTC-5"
		}
		n.add(c.Positions["timezone"], diagnose.Path{"timezone"}, wrong,
			`name a city, as "America/New_York"`)
	}
	if zone, err := c.Location(); err == nil {
		now = now.In(zone)
	}
	for _, r := range c.Rules {
		at := diagnose.Path{"rules", r.Name}
		if r.Since.String() > rules.DateOf(now).String() {
			at := at.With("since")
			n.add(c.Positions[at.String()], at, fmt.Sprintf("%s is to come: until then the rule forbids nothing", r.Since), "")
		}
		for i, w := range r.Forbid {
			n.window(at.With("forbid").With(strconv.Itoa(i)), w, r.Forbid)
		}
		for i, e := range r.Except {
			if e.Dates != nil && !takes(e.Dates, r.Forbid) {
				n.add(e.Position, at.With("except").With(strconv.Itoa(i)).With("dates"),
					"no window of the rule begins on these dates: they excuse nothing", "")
			}
		}
	}
	return n
}

type notes []Diagnostic

func (n *notes) add(at rules.Position, p diagnose.Path, message, hint string) {
	*n = append(*n, Diagnostic{Position: at, Path: p.String(), Message: message, Hint: hint})
}

// window notes what is odd about one of the windows of a rule.
func (n *notes) window(p diagnose.Path, w rules.Window, all []rules.Window) {
	switch {
	case w.To == 23*60+59:
		n.add(w.Position, p.With("to"), "the last minute of the day is free", `write "24:00", or leave it out`)
	case w.From == w.To:
		n.add(w.Position, p, "from and to are equal: it lasts 24 hours, into the next day", "leave both out if you mean the day itself")
	}
	if w.Dates != nil || w.To >= w.From || w.To == 0 {
		return
	}
	for d := sunday; d.Before(sunday.AddDate(0, 0, 7)); d = d.AddDate(0, 0, 1) {
		if owns(w, d) && !owns(w, d.AddDate(0, 0, -1)) && freeMorning(d, w.To, all) {
			day, to := d.Weekday(), clockTime(w.To)
			n.add(w.Position, p, fmt.Sprintf("%s is free from 00:00 to %s: a window belongs to the day on which it begins", day, to),
				fmt.Sprintf("add {weekdays: [%q], to: %q} if you do not mean that", day, to))
		}
	}
}

var sunday = time.Date(2001, time.January, 7, 0, 0, 0, 0, time.UTC)

func clockTime(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// freeMorning reports whether no window has a minute of a day until a time, but one has the minute
// before. Those with dates are left out: they are exceptional.
func freeMorning(d time.Time, until int, windows []rules.Window) bool {
	windows = slices.DeleteFunc(slices.Clone(windows), func(w rules.Window) bool { return w.Dates != nil })
	in, next := rules.MatchWindows(windows, time.UTC, d)
	before, _ := rules.MatchWindows(windows, time.UTC, d.Add(-time.Minute))
	return before && !in && (next.IsZero() || !next.Before(d.Add(time.Duration(until)*time.Minute)))
}

// owns reports whether d is an owning day of the window.
func owns(w rules.Window, d time.Time) bool {
	within := func(r rules.DateRange) bool { return !d.Before(day(r.First)) && !d.After(day(r.Last)) }
	return (w.Weekdays == nil || slices.Contains(w.Weekdays, d.Weekday())) &&
		(w.Dates == nil || slices.ContainsFunc(w.Dates, within))
}

// takes reports whether a window begins on one of the dates.
func takes(ranges []rules.DateRange, windows []rules.Window) bool {
	const enough = 4000 // days: whoever writes more of them has seen to it
	n := 0
	for _, r := range ranges {
		for d := day(r.First); !d.After(day(r.Last)); d = d.AddDate(0, 0, 1) {
			if n++; n > enough {
				return true
			}
			if slices.ContainsFunc(windows, func(w rules.Window) bool { return owns(w, d) }) {
				return true
			}
		}
	}
	return false
}
