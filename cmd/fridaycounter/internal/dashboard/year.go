package dashboard

import (
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A year is what takes time to work out of a status: why the numbers are what they are, and
// how the last 53 weeks went, from a Monday on.
type year struct {
	first        time.Time           // the beginning of the first day
	explanations []rules.Explanation // by rule name
	days         []rules.Day
	hours        [7][24]rules.Hour
	breaches     []rules.Breach // the latest, in order
}

func newYear(status *engine.Status) *year {
	p, now := status.Policy, status.Verdict.At
	sunday := now.AddDate(0, 0, 6-(int(now.Weekday())+6)%7)
	first, last := rules.DateOf(sunday.AddDate(0, 0, -53*7+1)), rules.DateOf(sunday)
	y := &year{first: time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, p.Zone)}
	y.days, y.hours, y.breaches = rules.Days(p.Rules, p.Zone, status.Environments, first, last, now)
	for _, c := range p.Rules {
		y.explanations = append(y.explanations, c.Explain(status.Environments, now))
	}
	return y
}

// A yearKey is what a year depends on, without the instant: statuses of the same key have the
// same year.
type yearKey struct {
	policy    *engine.Policy
	facts     uint64
	date      rules.Date // on which the year ends
	forbidden bool
	window    rules.Occurrence
	days      int // of all streaks: each that grows makes it another
}

func keyOf(status *engine.Status) yearKey {
	v := &status.Verdict
	k := yearKey{policy: status.Policy, facts: status.Facts, date: rules.DateOf(v.At), forbidden: v.Forbidden}
	if w := v.Window; w != nil {
		k.window = rules.Occurrence{Rule: w.Rule, Start: w.Start, End: w.End}
	}
	for _, s := range v.Streaks {
		k.days += s.Days
	}
	return k
}
