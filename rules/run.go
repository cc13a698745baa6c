package rules

import (
	"cmp"
	"sort"
	"time"
)

// A Run is a stretch in which the rule was kept without a break. It begins at a
// breach's instant, as a streak does, and ends at the first forbidden instant of
// a breach's interval: from then on the wall showed 0.
type Run struct {
	Start   time.Time
	End     time.Time // the current one: now
	Weeks   int       // as the rule counts, at End
	Days    int
	AtLeast bool    // the facts do not reach further back than Start
	Began   *Breach // nil: the rule's since, or where the facts begin
	Ended   *Breach // nil: it goes on
}

// length returns how long the run lasted, which the clock may see otherwise.
func (r *Run) length() time.Duration { return r.End.Sub(r.Start) }

// runs looks for the previous and the longest run, from the latest to the first.
type runs struct {
	ledger      *Ledger
	occurrences []hull // of all known time
	previous    *Run
	best        Run
}

// walk goes through the stretches between breaches in the past and returns how
// many breaches there are. Deployments may overlap: a run begins where the last of
// several ended, and ends where the first of those to come met the forbidden.
func (r *runs) walk(b breaches, past past) int {
	count := 0
	var next spell // of those to come, the first to meet the forbidden
	for s := range b.backward() {
		if s.at().Before(past.from) {
			break
		}
		if count > 0 {
			r.look(s.at(), next, &s, false)
		}
		if count == 0 || s.first().Before(next.first()) {
			next = s
		}
		count++
	}
	if count > 0 {
		r.look(past.from, next, nil, past.limited)
	}
	return count
}

// slack is more than two runs of equal length differ by on the clock.
const slack = 7 * 24 * time.Hour

// look considers the run from start to next; one that is not the previous one and
// cannot be the longest costs little.
func (r *runs) look(start time.Time, next spell, began *spell, atLeast bool) {
	end := next.first()
	if !start.Before(end) {
		return
	}
	j := r.ledger.judge
	if r.previous != nil && j.rule.Count != CountSurvived && end.Sub(start) < r.best.length()-slack {
		return
	}
	run := Run{Start: start.In(j.forbidden.loc), End: end.In(j.forbidden.loc), AtLeast: atLeast}
	run.Weeks, run.Days = r.count(start, end, began != nil && began.atNano == windowEnd)
	better := cmp.Or(cmp.Compare(run.Weeks, r.best.Weeks), cmp.Compare(run.length(), r.best.length())) > 0
	if r.previous != nil && !better {
		return
	}
	if began != nil {
		run.Began = r.ledger.shown(*began)
	}
	run.Ended = r.ledger.shown(next)
	if r.previous == nil {
		r.previous = &run
	}
	if better {
		r.best = run
	}
}

// count is Judge.weeksAndDays, but does not look for the occurrences again.
func (r *runs) count(start, end time.Time, atEnd bool) (weeks, days int) {
	j := r.ledger.judge
	if j.rule.Count != CountSurvived {
		return j.weeksAndDays(start, end, atEnd)
	}
	o := r.occurrences
	begun := sort.Search(len(o), func(i int) bool { return o[i].first > start.Unix() })
	ended := sort.Search(len(o), func(i int) bool { return o[i].end > end.Unix() })
	return max(0, ended-begun), int(j.forbidden.elapsedDays(start, end))
}
