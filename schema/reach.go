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
		f.Report(diagnose.Path{name, strconv.Itoa(last)}, "the last entry has a during: want one without, for the rest of the time", "")
	}
	for i, ok := range reachable(during) {
		if !ok {
			f.Report(diagnose.Path{name, strconv.Itoa(i)}, "can never be reached: the entries before it always match first", alwaysHint(name, during[:i]))
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

// reachable reports for each entry whether some minute is in it and in none before it,
// and nothing where that is too much work. A window depends on the weekday and on which of the date ranges the
// day and the day before are in, so a week after each end of a range shows all.
func reachable(during [][]rules.Window) []bool {
	reached := make([]bool, len(during))
	boundaries := []time.Time{day(rules.Date{Year: 1, Month: 1, Day: 8})}
	for _, windows := range during {
		for _, w := range windows {
			for _, d := range w.Dates {
				boundaries = append(boundaries, day(d.First), day(d.Last).AddDate(0, 0, 1))
			}
		}
	}
	if len(boundaries) > maxBoundaries {
		return nil
	}
	for _, b := range boundaries {
		for offset := -1; offset <= 8; offset++ {
			d := b.AddDate(0, 0, offset)
			var taken minutes
			for i, windows := range during {
				if taken.add(windows, d) {
					reached[i] = true
				}
			}
		}
	}
	return reached
}

func day(d rules.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// minutes are those of one date that are taken.
type minutes [24 * 60]bool

// add takes the minutes of the date d that are in one of the windows, all of them
// for nil, and reports whether any was free.
func (m *minutes) add(windows []rules.Window, d time.Time) bool {
	if windows == nil {
		return m.take(0, 24*60)
	}
	free := false
	for _, w := range windows {
		from, to, tomorrow := int(w.From), int(w.To), 0
		if to <= from {
			to, tomorrow = 24*60, to
		}
		if owns(w, d) {
			free = m.take(from, to) || free
		}
		if owns(w, d.AddDate(0, 0, -1)) {
			free = m.take(0, tomorrow) || free
		}
	}
	return free
}

func (m *minutes) take(from, to int) bool {
	free := false
	for i := from; i < to; i++ {
		free = free || !m[i]
		m[i] = true
	}
	return free
}

// owns reports whether d is an owning day of the window.
func owns(w rules.Window, d time.Time) bool {
	if w.Weekdays != nil && !slices.Contains(w.Weekdays, d.Weekday()) {
		return false
	}
	for _, r := range w.Dates {
		if !d.Before(day(r.First)) && !d.After(day(r.Last)) {
			return true
		}
	}
	return w.Dates == nil
}
