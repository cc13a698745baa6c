package schema

import (
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
