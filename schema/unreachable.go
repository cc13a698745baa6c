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
	always := slices.IndexFunc(during, func(windows []rules.Window) bool { return windows == nil })
	last := len(during) - 1
	at := func(i int) diagnose.Path { return diagnose.Path{name, strconv.Itoa(i)} }
	matches := fmt.Sprintf("%s[%d] has no during and matches always", name, always)
	switch {
	case last >= 0 && always < 0:
		f.Report(at(last), "the last entry has a during: want one without, for the rest of the time", "")
	case last >= 0 && during[last] != nil:
		f.Report(at(always), "has no during and matches always: the entries after it are never reached", "move it to the end")
		return
	}
	for i, ok := range reachable(during) {
		hint := ""
		if always >= 0 && always < i {
			hint = matches
		}
		if !ok {
			f.Report(at(i), "can never be reached: the entries before it always match first", hint)
		}
	}
}

// maxBoundaries bounds the work of reachable; a file beyond it is not checked.
const maxBoundaries = 500

// reachable reports for each entry whether it is the first that matches at some time, and nothing where
// that is too much work. A window depends on the weekday, and on which of the date ranges the day and the
// day before are in, so a week after each end of a range shows all.
func reachable(during [][]rules.Window) []bool {
	reached := make([]bool, len(during))
	boundaries := []time.Time{day(rules.Date{Year: 1, Month: 1, Day: 8})}
	for _, w := range slices.Concat(during...) {
		for _, d := range w.Dates {
			boundaries = append(boundaries, day(d.First), day(d.Last).AddDate(0, 0, 1))
		}
	}
	if len(boundaries) > maxBoundaries {
		return nil
	}
	for _, b := range boundaries {
		end := b.AddDate(0, 0, 9)
		for t := b.AddDate(0, 0, -1); t.Before(end); {
			next := end // when the first entry that matches may be another
			for i, windows := range during {
				in, until := true, time.Time{}
				if windows != nil {
					in, until = rules.MatchWindows(windows, time.UTC, t)
				}
				if !until.IsZero() && until.Before(next) {
					next = until
				}
				if in {
					reached[i] = true
					break
				}
			}
			t = next
		}
	}
	return reached
}

func day(d rules.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }
