package schema

import (
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

// checkWindows refuses windows that match no instant, and a count of windows of
// which the last never ends.
func (f *file) checkWindows(c *Config, loc *time.Location) {
	for _, r := range c.Rules {
		at := diagnose.Path{"rules", r.Name}
		days := rules.Rule{Except: everybodys(r.Except)}
		for i, w := range r.Forbid {
			f.checkMatches(at.With("forbid").With(strconv.Itoa(i)), w, days, loc)
		}
		if r.Count == rules.CountSurvived && !f.FoundBelow(at) {
			f.checkEnds(at, r, loc)
		}
	}
}

// checkDuring checks the windows of poll or brightness.
func (f *file) checkDuring(name string, during [][]rules.Window, loc *time.Location) {
	for i, windows := range during {
		at := diagnose.Path{name, strconv.Itoa(i), "during"}
		f.completeWindows(at, windows)
		for i, w := range windows {
			f.checkMatches(at.With(strconv.Itoa(i)), w, rules.Rule{}, loc)
		}
	}
	f.checkReach(name, during)
}

// everybodys returns the exceptions that take their days out of the windows for
// every deployment.
func everybodys(all []rules.Exception) []rules.Exception {
	return slices.DeleteFunc(slices.Clone(all), func(e rules.Exception) bool {
		return e.ID != nil || e.Version != nil || e.Project != nil || e.Environment != nil
	})
}

// checkMatches refuses a window that matches no instant, or none that the rule's
// exceptions leave. One without dates comes again every week.
func (f *file) checkMatches(p diagnose.Path, w rules.Window, r rules.Rule, loc *time.Location) {
	if w.Dates == nil || f.Full() || f.FoundBelow(p) {
		return
	}
	r.Forbid = []rules.Window{w}
	switch _, until := rules.MatchWindows(r.Forbid, loc, earliest); {
	case w.Never():
		f.Add(p, w.Position, "never matches: none of its dates is one of its weekdays", "")
	case until.IsZero():
		f.Add(p, w.Position, "never matches: on its dates the clocks of "+loc.String()+" skip these times", "")
	case len(r.Except) > 0:
		if _, ok := rules.Compile(r, loc).NextOccurrence(earliest); !ok {
			f.Add(p, w.Position, "never matches: the rule's except takes all of its dates away", "")
		}
	}
}

// checkEnds refuses to count windows that survived where the last has no end.
func (f *file) checkEnds(at diagnose.Path, r rules.Rule, loc *time.Location) {
	if occurrence, ok := rules.Compile(r, loc).NextOccurrence(latest); ok && occurrence.End.IsZero() {
		f.Report(at.With("count"), `"survived" counts windows that have ended, and what forbid says goes on for ever`,
			"leave a gap between the windows, or count elapsed")
	}
}
