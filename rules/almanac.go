package rules

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// An Almanac counts deployments by the days and by the hours of the week on which
// they began, for pictures of a stretch of days. Make one with [NewAlmanac]; it may
// be used from one goroutine at a time.
type Almanac struct {
	judges []*Judge
	zone   zone
	now    time.Time
	days   []Day
	hours  [7][24]Hour
	broken []Broken // the latest, in no order
	first  int64    // day number of days[0]
	starts []int64  // unix seconds of the first instant of each day, and of the one after
}

// A Day is a date of the almanac.
type Day struct {
	Date        Date
	Deployments int // that ran and began on it
	// Breaches are the deployments of whose breaches, of any rule, the instant is
	// on it. A window's end belongs to the day before it.
	Breaches  int
	Forbidden Share // by any rule
	Known     bool  // every environment is known completely from its beginning or before
	Ahead     bool  // it has not begun
}

// An Hour is one of the week's.
type Hour struct {
	Deployments int
	Breaches    int   // among them, whenever their breach was
	Forbidden   Share // in the almanac's last seven days
}

// A Broken is a rule's breach with its place in the almanac.
type Broken struct {
	Rule string
	Date Date // that the almanac counts it on
	Breach
}

// maxBroken is how many breaches an almanac keeps.
const maxBroken = 64

// Share says how much of a stretch of time is forbidden.
type Share int

// The shares.
const (
	ShareNone Share = iota
	SharePart
	ShareWhole
)

// NewAlmanac returns an empty almanac of the days from first to last, both inside, as
// of now. The judges are of one zone, loc.
func NewAlmanac(judges []*Judge, loc *time.Location, first, last Date, now time.Time) *Almanac {
	a := &Almanac{judges: judges, zone: newZone(loc), now: now, first: first.dayNumber()}
	z := &a.zone
	for n := a.first; n <= last.dayNumber()+1; n++ {
		a.starts = append(a.starts, z.begins(n))
		if n <= last.dayNumber() {
			a.days = append(a.days, Day{Date: DateOf(time.Unix(n*day, 0).UTC()), Ahead: z.begins(n) > now.Unix()})
		}
	}
	spans := a.forbidden()
	for i := range a.days {
		a.days[i].Forbidden = share(spans, a.starts[i], a.starts[i+1])
	}
	for i := max(0, len(a.days)-7); i < len(a.days); i++ {
		a.shade(spans, i)
	}
	return a
}

// shade marks the hours of a day as far as they are forbidden. An hour that the
// clock reads twice or not at all is what becomes of its readings.
func (a *Almanac) shade(spans []hull, i int) {
	z := &a.zone
	weekday := time.Unix((a.first+int64(i))*day, 0).UTC().Weekday()
	for hour := range int64(24) {
		from, _ := z.reached(a.starts[i], (a.first+int64(i))*day+hour*3600)
		until, _ := z.reached(from, (a.first+int64(i))*day+(hour+1)*3600)
		a.hours[weekday][hour].Forbidden = share(spans, from, until)
	}
}

// forbidden returns the forbidden seconds of the almanac's days, by any rule, in order
// and apart from each other.
func (a *Almanac) forbidden() []hull {
	first, until := a.starts[0], a.starts[len(a.starts)-1]
	var all []hull
	for _, j := range a.judges {
		for t := first; t < until; {
			if !j.forbidden.in(t) {
				if t = j.forbidden.nextIn(t, nil); t >= until {
					break
				}
			}
			end := j.forbidden.end(t)
			all = append(all, hull{t, min(end, until)})
			t = end
		}
	}
	slices.SortFunc(all, func(x, y hull) int { return cmp.Compare(x.first, y.first) })
	var apart []hull
	for _, h := range all {
		apart = merge(apart, h)
	}
	return apart
}

// share returns how much of the seconds from from to until the spans have.
func share(spans []hull, from, until int64) Share {
	var have int64
	for i, _ := slices.BinarySearchFunc(spans, from, func(h hull, t int64) int {
		if h.end <= t {
			return -1
		}
		return 1
	}); i < len(spans) && spans[i].first < until; i++ {
		have += min(spans[i].end, until) - max(spans[i].first, from)
	}
	switch {
	case have == 0:
		return ShareNone
	case have < until-from:
		return SharePart
	}
	return ShareWhole
}

// Add counts a deployment, if it ran. Each is added once.
func (a *Almanac) Add(d *Deployment) {
	if d.later(a.now) {
		was, there := d.AsOf(a.now)
		if !there {
			return
		}
		d = &was
	}
	if !d.Ran() {
		return
	}
	broke := a.judge(d)
	began, _ := d.Interval(MeasureExecuted, a.now)
	one := a.day(began.Unix())
	if one == nil {
		return
	}
	one.Deployments++
	in := began.In(a.zone.loc)
	hour := &a.hours[in.Weekday()][in.Hour()]
	if hour.Deployments++; broke {
		hour.Breaches++
	}
}

// judge counts the breaches of a deployment, and reports whether there are any.
func (a *Almanac) judge(d *Deployment) (broke bool) {
	var on []Date // its days so far
	for _, j := range a.judges {
		v := j.judge(d, a.now)
		if !v.broke || v.at.Before(j.since) {
			continue
		}
		broke = true
		at := v.at
		if v.atEnd {
			at = at.Add(-1)
		}
		date := DateOf(at.In(a.zone.loc))
		i := date.dayNumber() - a.first
		if i < 0 || i >= int64(len(a.days)) {
			continue
		}
		if !slices.Contains(on, date) {
			on = append(on, date)
			a.days[i].Breaches++
		}
		a.keep(d, Broken{j.rule.Name, date, Breach{At: v.at.In(a.zone.loc), Running: v.running}})
	}
	return broke
}

// keep keeps a breach if it is among the latest.
func (a *Almanac) keep(d *Deployment, b Broken) {
	if len(a.broken) == maxBroken {
		oldest := slices.IndexFunc(a.broken, func(x Broken) bool {
			return !slices.ContainsFunc(a.broken, func(y Broken) bool { return y.At.Before(x.At) })
		})
		if !b.At.After(a.broken[oldest].At) {
			return
		}
		a.broken = slices.Delete(a.broken, oldest, oldest+1)
	}
	b.Deployment = d.clone()
	a.broken = append(a.broken, b)
}

// Breaches returns the latest breaches of the days, of each rule, oldest first, at most 64. Their
// deployments are as they were added.
func (a *Almanac) Breaches() []Broken {
	slices.SortFunc(a.broken, func(x, y Broken) int {
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.Rule, y.Rule), strings.Compare(x.Deployment.ID, y.Deployment.ID), strings.Compare(x.Deployment.EnvironmentID, y.Deployment.EnvironmentID))
	})
	return a.broken
}

// day returns the day that has an instant, nil if it is not among them.
func (a *Almanac) day(t int64) *Day {
	if i := floorDiv(a.zone.read(t), day) - a.first; i >= 0 && i < int64(len(a.days)) {
		return &a.days[i]
	}
	return nil
}

// Days returns the days. What is known of the environments says which of them are
// known.
func (a *Almanac) Days(environments []Environment) []Day {
	known := never // nothing is
	if len(environments) > 0 {
		known = -never
	}
	for _, e := range environments {
		switch {
		case !e.CompleteFrom.IsZero():
			known = max(known, e.CompleteFrom.Unix())
		case !e.Exhausted:
			known = never
		}
	}
	for i := range a.days {
		a.days[i].Known = a.starts[i] >= known
	}
	return a.days
}

// Hours returns the hours of the week, by [time.Weekday] and hour.
func (a *Almanac) Hours() [7][24]Hour { return a.hours }
