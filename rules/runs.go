package rules

import "iter"

// runs looks for the latest and the longest run that ended, from the latest to
// the first. There may be very many.
type runs struct {
	judge *Judge

	// The occurrences of all known time; so many of them began up to the
	// stretch's start, and so many ended up to its end.
	occurrences  []hull
	begun, ended int

	latest, best stretch
}

// A stretch is a run that ended, as long as it is only looked at.
type stretch struct {
	start, end  moment
	began       spell // of no record: where the past begins
	by          spell // what ended it; of no record: there is no such stretch
	weeks, days int
}

// walk looks at the stretches between breaches since from and returns how many
// breaches there are.
func (r *runs) walk(b breaches, from moment) int {
	r.begun, r.ended = len(r.occurrences), len(r.occurrences)
	count := 0
	for s, breaches := range b.stretches(from) {
		if count = breaches; s.by.record != nil {
			r.look(s)
		}
	}
	return count
}

// stretches goes through the stretches between breaches since from, from the latest
// to the first, and says how many breaches there were so far. Deployments may
// overlap: a run begins where the last of several ended, and ends where the first of
// those to come met the forbidden. A stretch of no end only counts a breach.
func (b *breaches) stretches(from moment) iter.Seq2[stretch, int] {
	return func(yield func(stretch, int) bool) {
		count := 0
		next := stretch{start: from} // to the first of those to come
		for s := range b.backward(from) {
			var between stretch
			if at := s.at(); count > 0 && at.before(next.end) {
				between = stretch{start: at, end: next.end, began: s, by: next.by}
			}
			if first := s.first(); count == 0 || first.before(next.end) {
				next.end, next.by = first, s
			}
			if count++; !yield(between, count) {
				return
			}
		}
		if count > 0 && from.before(next.end) {
			yield(next, count)
		}
	}
}

// look considers a stretch. Most are neither the latest nor can be the longest.
func (r *runs) look(s stretch) {
	most, best := r.most(&s), &r.best
	if best.by.record != nil && (most < best.weeks || most == best.weeks && !s.lasted(best)) {
		return
	}
	r.count(&s, most)
	if r.latest.by.record == nil {
		r.latest, r.best = s, s
	}
	if s.weeks > best.weeks || s.weeks == best.weeks && s.lasted(best) {
		r.best = s
	}
}

// lasted reports whether s took more time than other.
func (s *stretch) lasted(other *stretch) bool {
	return other.end.since(other.start).before(s.end.since(s.start))
}

// slack is more than a wall clock can gain on the time, and midnights on days.
const slack = 5 * day

// most returns a number of weeks that a stretch cannot exceed. If the rule counts
// what was survived, it is the number.
func (r *runs) most(s *stretch) int {
	if r.judge.rule.Count != CountSurvived {
		return int((s.end.sec - s.start.sec + slack) / week)
	}
	o := r.occurrences
	for r.begun > 0 && o[r.begun-1].first > s.start.sec {
		r.begun--
	}
	for r.ended > 0 && o[r.ended-1].end > s.end.sec {
		r.ended--
	}
	return max(0, r.ended-r.begun)
}

// count counts the weeks, of which those survived are known, and the days.
func (r *runs) count(s *stretch, survived int) {
	start, end := s.start.time(), s.end.time()
	if r.judge.rule.Count == CountSurvived {
		s.weeks, s.days = survived, int(r.judge.forbidden.elapsedDays(start, end))
		return
	}
	s.weeks, s.days = r.judge.weeksAndDays(start, end, s.began.record != nil && s.began.atNano == windowEnd)
}

// run returns the stretch as others see it, nil if there is none.
func (s *stretch) run(l *Ledger, past past) *Run {
	if s.by.record == nil {
		return nil
	}
	loc := l.judge.forbidden.loc
	r := &Run{Start: s.start.time().In(loc), End: s.end.time().In(loc), Weeks: s.weeks, Days: s.days, Ended: l.shown(s.by)}
	if s.began.record != nil {
		r.Began = l.shown(s.began)
	} else {
		r.AtLeast = past.limited
	}
	return r
}
