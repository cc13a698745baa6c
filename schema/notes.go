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
	begins := func(d time.Weekday) bool { return w.Weekdays == nil || slices.Contains(w.Weekdays, d) }
	for d := time.Sunday; d <= time.Saturday; d++ {
		if begins(d) && !begins((d+6)%7) && freeMorning(d, w.To, all) {
			to := fmt.Sprintf("%02d:%02d", w.To/60, w.To%60)
			n.add(w.Position, p, fmt.Sprintf("%s is free from 00:00 to %s: a window belongs to the day on which it begins", d, to),
				fmt.Sprintf("add {weekdays: [%q], to: %q} if you do not mean that", d, to))
		}
	}
}

// freeMorning reports whether no window has a minute of a day until a time, but one has the minute
// before. Those with dates are left out: they are exceptional.
func freeMorning(d time.Weekday, until int, windows []rules.Window) bool {
	midnight := time.Date(2001, time.January, 7+int(d), 0, 0, 0, 0, time.UTC) // the 7th is a Sunday
	windows = slices.DeleteFunc(slices.Clone(windows), func(w rules.Window) bool { return w.Dates != nil })
	in, next := rules.MatchWindows(windows, time.UTC, midnight)
	before, _ := rules.MatchWindows(windows, time.UTC, midnight.Add(-time.Minute))
	return before && !in && (next.IsZero() || !next.Before(midnight.Add(time.Duration(until)*time.Minute)))
}

// takes reports whether a window begins on one of the dates.
func takes(ranges []rules.DateRange, windows []rules.Window) bool {
	days := make([]rules.Window, len(windows)) // on which they begin
	for i, w := range windows {
		days[i] = rules.Window{Weekdays: w.Weekdays, Dates: w.Dates, To: 24 * 60}
	}
	return slices.ContainsFunc(ranges, func(r rules.DateRange) bool {
		in, until := rules.MatchWindows(days, time.UTC, day(r.First))
		return in || !until.IsZero() && !until.After(day(r.Last))
	})
}
