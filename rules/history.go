package rules

import (
	"slices"
	"time"
)

// A History is how well one rule was kept in all of the time that is known, as of
// an instant. Nothing before From is in it.
type History struct {
	Rule  string
	Known bool      // false: nothing is known, and all else is zero
	From  time.Time // the later of the rule's since and the completeness of the facts
	// AtLeast reports that the facts and not since decide From.
	AtLeast bool

	Breaches int  // deployments that broke the rule
	Current  Run  // what the wall shows
	Previous *Run // the run before it; nil if there is none
	// Best is the longest run that has ended, nil if none has; Record is the
	// longest of all, the current one too, nil only if not Known. The longest
	// has the most weeks, of those the most time from Start to End, and of
	// those it is the latest. Whoever completes the one leaves the other alone.
	Best   *Run
	Record *Run
	Years  []Year // calendar years in the judge's zone, oldest first, those without occurrences left out
}

// A Year is what became of the occurrences that began in a calendar year, as far
// as they have ended and all of them is known.
type Year struct {
	Year   int
	Kept   int
	Broken int
}

// Streaks returns the history of the rule as of now. Its Current run is what
// [Ledger.Streak] says. The work grows with the breaches and the known days.
func (l *Ledger) Streaks(environments []Environment, now time.Time) History {
	breaches := l.breaches(now)
	s := breaches.streak(environments)
	h := History{Rule: s.Rule, Known: s.Known}
	if !s.Known {
		return h
	}
	past := l.past(environments)
	h.From, h.AtLeast = past.from.In(l.judge.forbidden.loc), past.limited
	h.Current = Run{Start: s.Since, End: l.asOf.In(l.judge.forbidden.loc), Weeks: s.Weeks, Days: s.Days, AtLeast: s.AtLeast, Began: s.Breach}

	var occurrences []hull // of all known time
	if past.from.Before(l.asOf) {
		occurrences = l.judge.forbidden.occurrences(past.from.Unix(), l.asOf.Unix())
	}
	r := runs{judge: l.judge, occurrences: occurrences}
	h.Breaches = r.walk(breaches, momentOf(past.from))
	h.Previous, h.Best = r.latest.run(l, past), r.best.run(l, past)
	record := h.Current
	if h.Best != nil && h.Best.longer(&record) {
		record = *h.Best
	}
	h.Record = &record
	h.Years = l.years(occurrences, breaches, past)
	return h
}

// Runs returns the runs of the rule that ended at or after an instant, as of now,
// oldest first and the current one last: at most limit, the latest. It returns none
// if nothing is known.
func (l *Ledger) Runs(environments []Environment, since, now time.Time, limit int) []Run {
	current := l.Streaks(environments, now).Current
	past := l.past(environments)
	if !past.known || limit < 1 {
		return nil
	}
	list := []Run{current}
	var occurrences []hull
	if past.from.Before(l.asOf) && l.judge.rule.Count == CountSurvived {
		occurrences = l.judge.forbidden.occurrences(past.from.Unix(), l.asOf.Unix())
	}
	r := runs{judge: l.judge, occurrences: occurrences, begun: len(occurrences), ended: len(occurrences)}
	b, first := l.breaches(now), momentOf(since)
	for s := range b.stretches(momentOf(past.from)) {
		switch {
		case s.by.record == nil:
			continue
		case len(list) == limit || s.end.before(first):
			slices.Reverse(list)
			return list
		}
		r.count(&s, r.most(&s))
		list = append(list, *s.run(l, past))
	}
	slices.Reverse(list)
	return list
}

// years counts what became of the occurrences that lie in the past whole.
func (l *Ledger) years(occurrences []hull, b breaches, past past) []Year {
	broken := make([]bool, len(occurrences))
	for i := range b.broken(occurrences, momentOf(past.from)) {
		broken[i] = true
	}
	var years []Year
	days := dayRange{0, -1} // of the last of them
	for i, h := range occurrences {
		if !past.whole(h, l.asOf) {
			continue
		}
		if began := floorDiv(l.judge.forbidden.read(h.first), day); began < days.first || began > days.last {
			number := time.Unix(began*day, 0).UTC().Year()
			years = append(years, Year{Year: number})
			days = dayRange{Date{number, time.January, 1}.dayNumber(), Date{number, time.December, 31}.dayNumber()}
		}
		if y := &years[len(years)-1]; broken[i] {
			y.Broken++
		} else {
			y.Kept++
		}
	}
	return years
}
