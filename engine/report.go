package engine

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A Report is all that is known, as people look at it: why the number is what it is,
// and how the days went.
type Report struct {
	At           time.Time // as of, in the policy's zone
	Verdict      Verdict
	Explanations []rules.Explanation // by rule name
	Environments []rules.Environment // that are judged
	Runs         [][]rules.Run       // of each rule, by its name, oldest first: those that reach the days
	Days         []rules.Day         // consecutive, oldest first
	Hours        [7][24]rules.Hour   // of the week, by [time.Weekday]
	Breaches     []rules.Breach      // the latest of the days, oldest first
}

// maxRuns bounds the runs of a report for each rule.
const maxRuns = 400

// Report reports on environments as of now, with the days from first to last.
func (p *Policy) Report(environments []rules.Environment, first, last rules.Date, now time.Time) Report {
	r := Report{
		At: now.In(p.Zone), Verdict: p.Judge(environments, now), Environments: environments,
	}
	for _, c := range p.Rules {
		r.Explanations = append(r.Explanations, c.Explain(environments, now))
	}
	r.Days, r.Hours, r.Breaches = rules.Days(p.Rules, p.Zone, environments, first, last, now)
	since := time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, p.Zone)
	for _, h := range r.Verdict.Histories {
		r.Runs = append(r.Runs, runsSince(since, h))
	}
	return r
}

// runsSince returns the latest runs of a history that ended at or after an instant, the
// current one last.
func runsSince(since time.Time, h rules.History) []rules.Run {
	if !h.Known {
		return nil
	}
	i := slices.IndexFunc(h.Ended, func(r rules.Run) bool { return !r.End.Before(since) })
	if i < 0 {
		i = len(h.Ended)
	}
	list := append(slices.Clone(h.Ended[i:]), h.Current)
	return list[max(0, len(list)-maxRuns):]
}
