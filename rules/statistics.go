package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Statistics count deployments by the days, and by the hours of the week, on which they
// began.
type Statistics struct {
	Days     []Day       // consecutive, oldest first
	Hours    [7][24]Hour // by [time.Weekday] and hour
	Breaches []Breach    // the latest, by all rules, oldest first, at most 64
}

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

// Days returns the statistics of the days from first to last, both inside, as of now, in
// the zone that the rules were compiled for.
func Days(compiled []*Compiled, loc *time.Location, environments []Environment, first, last Date, now time.Time) Statistics {
	d := &days{compiled: compiled, zone: newZone(loc), now: now, first: first.dayNumber()}
	for n := d.first; n <= max(d.first, last.dayNumber()+1); n++ {
		d.starts = append(d.starts, d.zone.begins(n))
	}
	forbidden := d.forbidden()
	for i := range len(d.starts) - 1 {
		d.Days = append(d.Days, Day{
			Date: dateOf(d.first + int64(i)), Ahead: d.starts[i] > now.Unix(),
			Forbidden: share(forbidden, d.starts[i], d.starts[i+1]),
		})
	}
	for i := max(0, len(d.Days)-7); i < len(d.Days); i++ {
		d.shade(forbidden, i)
	}
	d.known(environments)
	for i := range environments {
		d.count(&environments[i])
	}
	slices.SortFunc(d.Breaches, func(a, b Breach) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Rule, b.Rule), compareRuns(&a.Deployment, &b.Deployment))
	})
	const most = 64
	d.Breaches = d.Breaches[max(0, len(d.Breaches)-most):]
	return d.Statistics
}

// days are statistics that are being made.
type days struct {
	Statistics
	compiled []*Compiled
	zone     zone
	now      time.Time
	first    int64   // day number of the first day
	starts   []int64 // unix seconds of the first instant of each day, and of the one after
}

// shade marks the hours of a day as far as they are forbidden. An hour that the
// clock reads twice or not at all is what becomes of its readings.
func (d *days) shade(forbidden []interval, i int) {
	n := d.first + int64(i)
	for hour := range int64(24) {
		from, _ := d.zone.reached(d.starts[i], n*day+hour*3600)
		until, _ := d.zone.reached(from, n*day+(hour+1)*3600)
		d.Hours[weekday(n)][hour].Forbidden = share(forbidden, from, until)
	}
}

// forbidden returns the forbidden seconds of the days, by any rule, in order and
// apart from each other.
func (d *days) forbidden() []interval {
	first, until := d.starts[0], d.starts[len(d.starts)-1]
	var apart []interval
	for _, c := range d.compiled {
		for t := c.forbidden.nextIn(max(first, c.since.Unix()), nil); t < until; {
			end := min(c.forbidden.end(t), until)
			apart = merge(apart, interval{t, end})
			t = c.forbidden.nextIn(end, nil)
		}
	}
	return apart
}

// share returns how much of the seconds from from to until is in the intervals.
func share(intervals []interval, from, until int64) float64 {
	var have int64
	i, _ := slices.BinarySearchFunc(intervals, from+1, func(in interval, t int64) int { return cmp.Compare(in.end, t) })
	for ; i < len(intervals) && intervals[i].first < until; i++ {
		have += min(intervals[i].end, until) - max(intervals[i].first, from)
	}
	if have == 0 {
		return 0
	}
	return float64(have) / float64(until-from)
}

// known marks the days from which on every environment is known completely.
func (d *days) known(environments []Environment) {
	var everywhere Compiled // a rule without a scope has all
	cover := newCoverage(everywhere.scope(environments), d.now)
	from, known := cover.beginning()
	for i := range d.Days {
		d.Days[i].Known = known && d.starts[i] >= from.Unix()
	}
}

// count counts the deployments of an environment.
func (d *days) count(e *Environment) {
	scope := slices.DeleteFunc(slices.Clone(d.compiled), func(c *Compiled) bool { return !c.InScope(e) })
	for i := range e.Deployments {
		was, there := e.Deployments[i].AsOf(d.now)
		if !there || !was.Ran() {
			continue
		}
		broke := d.judge(&was, scope)
		began, _ := was.Interval(MeasureExecuted, d.now)
		one := d.day(floorDiv(d.zone.read(began.Unix()), day))
		if one == nil {
			continue
		}
		one.Deployments++
		in := began.In(d.zone.loc)
		hour := &d.Hours[in.Weekday()][in.Hour()]
		if hour.Deployments++; broke {
			hour.Breaches++
		}
	}
}

// judge counts the breaches of a deployment, and reports whether there are any.
func (d *days) judge(was *Deployment, scope []*Compiled) (broke bool) {
	var on []*Day // its days so far
	for _, c := range scope {
		var b Breach
		if !c.breach(was, d.now, &b) || !c.Counts(b) {
			continue
		}
		broke = true
		one := d.day(b.Date().dayNumber())
		if one == nil {
			continue
		}
		if !slices.Contains(on, one) {
			on = append(on, one)
			one.Breaches++
		}
		d.Breaches = append(d.Breaches, b)
	}
	return broke
}

// day returns the one of a number, nil if it is not among them.
func (d *days) day(n int64) *Day {
	if i := n - d.first; i >= 0 && i < int64(len(d.Days)) {
		return &d.Days[i]
	}
	return nil
}
