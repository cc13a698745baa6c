package schema

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// checkReach refuses a list of poll or brightness whose last entry is not for
// always, and entries that never come to be the first that matches.
func (f *file) checkReach(name string, during [][]rules.Window) {
	if last := len(during) - 1; last >= 0 && during[last] != nil {
		f.Report(diagnose.Path{name, strconv.Itoa(last)},
			"the last entry has a during: want one without, for the rest of the time", "")
	}
	for i, ok := range reachable(during) {
		if !ok {
			f.Report(diagnose.Path{name, strconv.Itoa(i)},
				"can never be reached: the entries before it always match first", alwaysHint(name, during[:i]))
		}
	}
}

// alwaysHint names the entry that matches always, if there is one.
func alwaysHint(name string, before [][]rules.Window) string {
	for i, windows := range before {
		if windows == nil {
			return fmt.Sprintf("%s[%d] has no during and matches always", name, i)
		}
	}
	return ""
}

// maxBoundaries bounds the work of reachable; a file beyond it is not checked.
const maxBoundaries = 500

// reachable reports for each entry whether some minute is in it and in none before it, and nothing
// where that is too much work. A window depends on the weekday, and on which of the date ranges the day
// and the day before are in, so a week after each end of a range shows all. What is true where a window
// begins or ends is true until the next one does.
func reachable(during [][]rules.Window) []bool {
	reached := make([]bool, len(during))
	minutes := []int{0}
	boundaries := []time.Time{day(rules.Date{Year: 1, Month: 1, Day: 8})}
	for _, w := range slices.Concat(during...) {
		minutes = append(minutes, w.From, w.To)
		for _, d := range w.Dates {
			boundaries = append(boundaries, day(d.First), day(d.Last).AddDate(0, 0, 1))
		}
	}
	if len(boundaries) > maxBoundaries {
		return nil
	}
	slices.Sort(minutes)
	for _, b := range boundaries {
		for offset := -1; offset <= 8; offset++ {
			d := b.AddDate(0, 0, offset)
			for _, minute := range slices.Compact(minutes) {
				first := slices.IndexFunc(during, func(windows []rules.Window) bool { return windows == nil || has(windows, d, minute) })
				if first >= 0 {
					reached[first] = true
				}
			}
		}
	}
	return reached
}

func day(d rules.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// has reports whether a minute of the date d is in one of the windows.
func has(windows []rules.Window, d time.Time, minute int) bool {
	return slices.ContainsFunc(windows, func(w rules.Window) bool {
		if w.From < w.To {
			return w.From <= minute && minute < w.To && owns(w, d)
		}
		return w.From <= minute && owns(w, d) || minute < w.To && owns(w, d.AddDate(0, 0, -1))
	})
}

// owns reports whether d is an owning day of the window.
func owns(w rules.Window, d time.Time) bool {
	within := func(r rules.DateRange) bool { return !d.Before(day(r.First)) && !d.After(day(r.Last)) }
	return (w.Weekdays == nil || slices.Contains(w.Weekdays, d.Weekday())) &&
		(w.Dates == nil || slices.ContainsFunc(w.Dates, within))
}
