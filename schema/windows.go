package schema

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// Every date of a file lies between these.
var (
	earliest = time.Date(-1, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(10_001, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// checkRule refuses windows of a rule that match no instant, and a count of windows of
// which the last never ends.
func (f *file) checkRule(r rules.Rule) {
	at := diagnose.Path{"rules", r.Name}
	f.checkWindows(at.With("forbid"), r.Forbid, r.Except)
	if r.Count != rules.CountSurvived || f.FoundBelow(at) {
		return
	}
	if occurrence, ok := rules.Compile(r, f.zone).NextOccurrence(latest); ok && occurrence.End.IsZero() {
		f.Report(at.With("count"), `"survived" counts windows that have ended, and what forbid says goes on for ever`,
			"leave a gap between the windows, or count elapsed")
	}
}

// checkDuring checks the windows of poll or brightness.
func (f *file) checkDuring(name string, during [][]rules.Window) {
	for i, windows := range during {
		f.checkWindows(diagnose.Path{name, strconv.Itoa(i), "during"}, windows, nil)
	}
	f.checkReach(name, during)
}

// checkWindows refuses windows that match no instant, or none that exceptions leave.
// One without dates comes again every week.
func (f *file) checkWindows(at diagnose.Path, windows []rules.Window, except []rules.Exception) {
	for i, w := range windows {
		p := at.With(strconv.Itoa(i))
		if w.Dates == nil || f.Full() || f.FoundBelow(p) {
			continue
		}
		alone := []rules.Window{w}
		switch _, until := rules.MatchWindows(alone, f.zone, earliest); {
		case w.Never():
			f.Add(p, w.Position, "never matches: none of its dates is one of its weekdays", "")
		case until.IsZero():
			f.Add(p, w.Position, "never matches: on its dates the clocks of "+f.zone.String()+" skip these times", "")
		case len(except) > 0:
			if _, ok := rules.Compile(rules.Rule{Forbid: alone, Except: except}, f.zone).NextOccurrence(earliest); !ok {
				f.Add(p, w.Position, "never matches: the rule's except takes all of its dates away", "")
			}
		}
	}
}

// checkReach refuses a list of poll or brightness whose last entry is not for
// always, and entries that never come to be the first that matches.
func (f *file) checkReach(name string, during [][]rules.Window) {
	always := slices.IndexFunc(during, func(windows []rules.Window) bool { return windows == nil })
	last := len(during) - 1
	at := func(i int) diagnose.Path { return diagnose.Path{name, strconv.Itoa(i)} }
	switch {
	case always < 0:
		f.Report(at(last), "the last entry has a during: want one without, for the rest of the time", "")
	case during[last] != nil:
		f.Report(at(always), "has no during and matches always: the entries after it are never reached", "move it to the end")
		return
	}
	for i, ok := range reachable(during) {
		if ok {
			continue
		}
		hint := ""
		if always >= 0 && always < i {
			hint = fmt.Sprintf("%s[%d] has no during and matches always", name, always)
		}
		f.Report(at(i), "can never be reached: the entries before it always match first", hint)
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
				if windows == nil {
					windows = []rules.Window{{}} // always
				}
				in, until := rules.MatchWindows(windows, time.UTC, t)
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
