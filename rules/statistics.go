package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Day is one date. Forbidden is the share of it that any rule forbids, 0 to 1.
type Day struct {
	Date        Date
	Deployments int // that ran and began on it
	Breaches    int // deployments with a breach on this date
	Forbidden   float64
	Known       bool // all from its beginning on is known
	Ahead       bool // it has not begun
}

// An Hour is one hour of the week. Forbidden is its share on the last seven days.
type Hour struct {
	Deployments int
	Breaches    int // deployments among them that broke a rule
	Forbidden   float64
}

// Days returns statistics of the days from first to last as of now: each day, each hour
// of the week, and the latest breaches, at most 64, in order. loc is the zone of the
// rules.
func Days(compiled []*Compiled, loc *time.Location, environments []Environment, first, last Date, now time.Time) ([]Day, [7][24]Hour, []Breach) {
	d := &statistics{compiled: compiled, zone: newZone(loc), now: now, first: first.dayNumber()}
	end := max(d.first, last.dayNumber()+1)
	forbidden := d.forbidden(d.zone.begins(d.first), d.zone.begins(end))
	var everything Compiled // a rule without a scope
	known := everything.knownRange(everything.scope(environments), nil, now)
	for n := d.first; n < end; n++ {
		start := d.zone.begins(n)
		d.days = append(d.days, Day{
			Date: dateOf(n), Ahead: start > now.Unix(),
			Forbidden: share(forbidden, start, d.zone.begins(n+1)),
			Known:     known.known && start >= known.from.Unix(),
		})
		if n >= end-7 {
			d.shade(forbidden, n)
		}
	}
	for i := range environments {
		d.count(&environments[i])
	}
	slices.SortFunc(d.breaches, func(a, b Breach) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Rule, b.Rule), compareRuns(&a.Deployment, &b.Deployment))
	})
	const most = 64
	d.breaches = d.breaches[max(0, len(d.breaches)-most):]
	return d.days, d.hours, d.breaches
}

type statistics struct {
	days     []Day
	hours    [7][24]Hour
	breaches []Breach
	compiled []*Compiled
	zone     zone
	now      time.Time
	first    int64 // day number of the first day
}

// shade sets the forbidden share of the hours of a day, given by its number. An hour that the clock reads
// twice is two hours long, and a skipped one has no share.
func (d *statistics) shade(forbidden []span, n int64) {
	for hour := range int64(24) {
		from, _ := d.zone.reached(d.zone.begins(n), n*day+hour*3600)
		until, _ := d.zone.reached(from, n*day+(hour+1)*3600)
		d.hours[weekday(n)][hour].Forbidden = share(forbidden, from, until)
	}
}

// forbidden returns the seconds from first to until that any rule forbids, in order and apart
// from each other.
func (d *statistics) forbidden(first, until int64) []span {
	var list []span
	for _, c := range d.compiled {
		for t := c.forbidden.nextIn(max(first, c.since.Unix())); t < until; {
			end := min(c.forbidden.end(t), until)
			list = append(list, span{t, end})
			t = c.forbidden.nextIn(end)
		}
	}
	return union(list)
}

// share returns how much of the seconds from to until is in the intervals, 0 to 1.
func share(intervals []span, from, until int64) float64 {
	var have int64
	i, _ := slices.BinarySearchFunc(intervals, from+1, func(in span, t int64) int { return cmp.Compare(in.end, t) })
	for ; i < len(intervals) && intervals[i].first < until; i++ {
		have += min(intervals[i].end, until) - max(intervals[i].first, from)
	}
	if have == 0 {
		return 0
	}
	return float64(have) / float64(until-from)
}

// count counts the deployments of an environment.
func (d *statistics) count(e *Environment) {
	scope := slices.DeleteFunc(slices.Clone(d.compiled), func(c *Compiled) bool { return !c.InScope(e) })
	for i := range e.Deployments {
		was, there := e.Deployments[i].AsOf(d.now)
		if !there || !was.Ran() {
			continue
		}
		broke := d.countBreaches(&was, scope)
		began, _ := was.Interval(d.now)
		if one := d.day(d.zone.dayOf(began)); one != nil {
			one.Deployments++
			local := began.In(d.zone.loc)
			hour := &d.hours[local.Weekday()][local.Hour()]
			if hour.Deployments++; broke {
				hour.Breaches++
			}
		}
	}
}

// countBreaches counts the breaches of a deployment, once for each day, and reports whether
// there are any.
func (d *statistics) countBreaches(was *Deployment, scope []*Compiled) (broke bool) {
	var counted []*Day
	for _, c := range scope {
		var b Breach
		if !c.breach(was, d.now, &b) || !c.counts(&b) {
			continue
		}
		broke = true
		if one := d.day(b.Date().dayNumber()); one != nil {
			if !slices.Contains(counted, one) {
				counted = append(counted, one)
				one.Breaches++
			}
			d.breaches = append(d.breaches, b)
		}
	}
	return broke
}

// day returns the one of a number, nil if it is not among them.
func (d *statistics) day(n int64) *Day {
	if i := n - d.first; i >= 0 && i < int64(len(d.days)) {
		return &d.days[i]
	}
	return nil
}
