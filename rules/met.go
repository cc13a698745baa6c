package rules

import "time"

// A Met is what a deployment met: one entry of a rule's Forbid on one owning day.
type Met struct {
	Window Window    // with its place in counter.cue
	Index  int       // of Window in the rule's Forbid
	Day    Date      // the owning day, even if the zone skipped it
	Start  time.Time // of this entry on this day, inside
	End    time.Time // not inside
}

// Met returns which window gave a deployment's breach its instant as of now: of
// several, the first in the list. It reports false if the deployment broke
// nothing. The deployment must be whole: see [Ledger].
func (j *Judge) Met(d *Deployment, now time.Time) (Met, bool) {
	was, there := d.AsOf(now)
	if !there {
		return Met{}, false
	}
	v := j.judge(&was, now)
	if !v.broke {
		return Met{}, false
	}
	start, end := was.Interval(j.rule.Measure, now)
	excused, _ := j.excuses(&was, start.Unix(), end.Unix(), nil)
	return j.met(&j.forbidden, v.second(), excused)
}

// second returns the last forbidden second of the interval.
func (v *verdict) second() int64 {
	if v.atEnd {
		return v.at.Unix() - 1
	}
	return v.at.Unix()
}

// met returns the first window of the list that has the second t.
func (j *Judge) met(s *schedule, t int64, excused []*exception) (Met, bool) {
	x := s.read(t)
	for i := range s.windows {
		w := &s.windows[i]
		d, ok := w.upTo(floorDiv(x-w.begin, day))
		if !ok || d*day+w.end <= x {
			continue
		}
		if _, cut := excusedDay(excused, d); cut {
			continue
		}
		h, _ := s.hull(d*day+w.begin, d*day+w.end)
		return Met{
			Window: j.rule.Forbid[w.index], Index: w.index, Day: DateOf(time.Unix(d*day, 0).UTC()),
			Start: s.time(h.first), End: s.time(h.end),
		}, true
	}
	return Met{}, false
}
