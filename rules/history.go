package rules

import "time"

// A History is how well one rule was kept in all of the time that is known, as of
// an instant. Nothing before From is in it.
type History struct {
	Rule  string
	Known bool      // false: nothing is known, and all else is zero
	From  time.Time // the later of the rule's since and the completeness of the facts
	// AtLeast reports that the facts and not since decide From.
	AtLeast bool

	Breaches int    // deployments that broke the rule
	Current  Run    // what the wall shows
	Previous *Run   // the run before it; nil if there is none
	Record   *Run   // the longest of all, the current one too; nil only if not Known
	Years    []Year // calendar years in the judge's zone, oldest first, those without occurrences left out
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
	r := runs{ledger: l, occurrences: occurrences, best: h.Current}
	h.Breaches = r.walk(breaches, past)
	h.Previous, h.Record = r.previous, &r.best
	h.Years = l.years(occurrences, breaches, past)
	return h
}

// years counts what became of the occurrences that lie in the past whole.
func (l *Ledger) years(occurrences []hull, b breaches, past past) []Year {
	var years []Year
	for i, t := range b.tally(occurrences, past.since) {
		if !past.whole(occurrences[i], l.asOf) {
			continue
		}
		number := l.judge.forbidden.time(occurrences[i].first).Year()
		if n := len(years); n == 0 || years[n-1].Year != number {
			years = append(years, Year{Year: number})
		}
		if y := &years[len(years)-1]; t.count > 0 {
			y.Broken++
		} else {
			y.Kept++
		}
	}
	return years
}
