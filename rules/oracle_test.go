package rules_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// The oracle decides minute by minute, and knows nothing but what the wall clock
// shows: package time's Date, Clock and Weekday of one instant in one zone. It
// shares no code with the package. It works where every offset is a whole number
// of minutes and every date given to it is on a whole minute.
type oracle struct {
	loc     *time.Location
	rule    rules.Rule
	from    time.Time // the first minute looked at
	minutes []minute
	plain   bool // nothing is excepted

	environments map[string][]string // all names that the one of an id ever had, and the id
}

// A minute is what the wall clock shows during it, and who is forbidden.
type minute struct {
	date      int // 20261224
	reading   int // minutes on a clock that never changes, for differences
	dayNumber int
	days      []ownedDay // the windows that have it
	excepted  []ownedDay // those that would, if there were no exceptions
	forbidden bool       // by the rule, for everybody
}

// An ownedDay is one window on one owning day.
type ownedDay struct {
	window int
	date   int
}

func newOracle(r rules.Rule, loc *time.Location, from time.Time, n int) *oracle {
	o := &oracle{loc: loc, rule: r, from: from, minutes: make([]minute, n)}
	daysBefore := map[int]time.Time{} // of each date
	for i := range o.minutes {
		m := &o.minutes[i]
		local := from.Add(time.Duration(i) * time.Minute).In(loc)
		y, mo, d := local.Date()
		h, mi, _ := local.Clock()
		m.date = y*10000 + int(mo)*100 + d
		// Two dates are told apart by counting days in UTC, which has no changes.
		before, ok := daysBefore[m.date]
		if !ok {
			before = time.Date(y, mo, d-1, 0, 0, 0, 0, time.UTC)
			daysBefore[m.date] = before
		}
		m.dayNumber = int(before.Unix()/86400) + 1
		m.reading = m.dayNumber*1440 + h*60 + mi
		for n, w := range r.Forbid {
			date, ok := owningDay(w, m.date, local.Weekday(), before, h*60+mi)
			if !ok {
				continue
			}
			if !exceptedForAll(r, date) {
				m.days = append(m.days, ownedDay{n, date})
				m.forbidden = true
			} else {
				m.excepted = append(m.excepted, ownedDay{n, date})
			}
		}
	}
	return o
}

// bare returns the oracle of the same rule without exceptions; it can only say
// what a deployment meets.
func (o *oracle) bare() *oracle {
	b := *o
	b.rule.Except, b.plain = nil, true
	return &b
}

// owningDay says whether a clock reading is in a window, and on whose account.
func owningDay(w rules.Window, date int, weekday time.Weekday, before time.Time, reading int) (int, bool) {
	from, to := int(w.From), int(w.To)
	switch {
	case from < to: // one day
		if reading < from || reading >= to {
			return 0, false
		}
	case reading >= from: // the evening
	case reading < to: // the morning after
		y, m, d := before.Date()
		date, weekday = y*10000+int(m)*100+d, before.Weekday()
	default:
		return 0, false
	}
	if w.Weekdays != nil && !slices.Contains(w.Weekdays, weekday) {
		return 0, false
	}
	return date, w.Dates == nil || inDates(w.Dates, date)
}

func inDates(ranges []rules.DateRange, date int) bool {
	number := func(d rules.Date) int { return d.Year*10000 + int(d.Month)*100 + d.Day }
	for _, r := range ranges {
		if number(r.First) <= date && date <= number(r.Last) {
			return true
		}
	}
	return false
}

func onlyDates(e rules.Exception) bool {
	return e.ID == nil && e.Version == nil && e.Source == nil && e.Project == nil && e.Environment == nil
}

func exceptedForAll(r rules.Rule, date int) bool {
	for _, e := range r.Except {
		if onlyDates(e) && inDates(e.Dates, date) {
			return true
		}
	}
	return false
}

// index returns the minute that holds t.
func (o *oracle) index(t time.Time) int {
	i := int(t.Sub(o.from) / time.Minute)
	if t.Before(o.from) || i >= len(o.minutes) {
		panic(fmt.Sprintf("the oracle was not made for %s", t))
	}
	return i
}

func (o *oracle) at(i int) time.Time { return o.from.Add(time.Duration(i) * time.Minute) }

func (o *oracle) forbidden(t time.Time) bool { return o.minutes[o.index(t)].forbidden }

// A truth is a deployment and what it means, written down when it was made up.
type truth struct {
	rules.Deployment
	ran        bool
	start, end time.Time // end is zero while it runs
	outcome    rules.Outcome
	earlier    []rules.Outcome // that it was said to have before
}

// meets returns the minutes, in order, in which a deployment breaks the rule.
func (o *oracle) meets(d truth, now time.Time) []int {
	if !d.ran || !o.counts(d) || !o.scope(d) {
		return nil
	}
	excused := func(int) bool { return false }
	for _, e := range o.rule.Except {
		if onlyDates(e) || !named(e, d.Deployment) {
			continue
		}
		if e.Dates == nil {
			return nil
		}
		before := excused
		excused = func(date int) bool { return before(date) || inDates(e.Dates, date) }
	}
	var list []int
	for i := o.index(d.start); i <= o.index(d.until(now)); i++ {
		m := &o.minutes[i]
		if slices.ContainsFunc(m.days, func(w ownedDay) bool { return !excused(w.date) }) || o.plain && m.excepted != nil {
			list = append(list, i)
		}
	}
	return list
}

// counts says whether one of the outcomes that a deployment had is among the rule's.
func (o *oracle) counts(d truth) bool {
	if o.rule.Outcomes == nil || d.Denied || d.outcome == rules.OutcomeRunning {
		return true
	}
	return slices.ContainsFunc(o.rule.Outcomes, func(want rules.Outcome) bool {
		return want == d.outcome || slices.Contains(d.earlier, want)
	})
}

// scope says whether a deployment's environment is in the rule's scope.
func (o *oracle) scope(d truth) bool {
	return within(o.rule.Sources, d.Source) && within(o.rule.Projects, d.ProjectID, "Shop") &&
		within(o.rule.Environments, o.environments[d.EnvironmentID]...)
}

// until returns the end of the interval.
func (d truth) until(now time.Time) time.Time {
	if d.end.IsZero() {
		return now
	}
	return d.end
}

// breach returns the breach instant of a deployment, and whether it is the end
// of a window.
func (o *oracle) breach(d truth, now time.Time) (at time.Time, atEnd, ok bool) {
	list := o.meets(d, now)
	if list == nil {
		return at, false, false
	}
	last := o.at(list[len(list)-1] + 1)
	if end := d.until(now); last.After(end) {
		return end, false, true
	}
	return last, true, true
}

func within(patterns []rules.Pattern, names ...string) bool {
	if patterns == nil {
		return true
	}
	return slices.ContainsFunc(patterns, func(p rules.Pattern) bool { return slices.Contains(names, p.String()) })
}

// named compares without regular expressions: those have their own tests.
func named(e rules.Exception, d rules.Deployment) bool {
	for _, key := range []struct {
		want *rules.Pattern
		got  []string
	}{
		{e.ID, []string{d.ID}},
		{e.Version, []string{d.Version}},
		{e.Source, []string{d.Source}},
		{e.Project, []string{d.ProjectID, d.Project}},
		{e.Environment, []string{d.EnvironmentID, d.Environment}},
	} {
		if key.want != nil && !slices.Contains(key.got, key.want.String()) {
			return false
		}
	}
	return true
}

// elapsed returns the whole days, of which seven are a week, that the clock has
// gone beyond its reading at start.
func (o *oracle) elapsed(start, now time.Time) int {
	most := 0
	for i := o.index(start); i <= o.index(now); i++ {
		most = max(most, o.minutes[i].reading-o.minutes[o.index(start)].reading)
	}
	return most / 1440
}

// midnights returns the days between the local dates, the latest of those that the
// clock showed since start.
func (o *oracle) midnights(start, now time.Time, atEnd bool) int {
	from, most := o.minutes[o.index(start)].dayNumber, 0
	if atEnd {
		from = o.minutes[o.index(start)-1].dayNumber
	}
	for i := o.index(start); i <= o.index(now); i++ {
		most = max(most, o.minutes[i].dayNumber-from)
	}
	return most
}

// A minuteRange is the minutes first to end, which is outside.
type minuteRange struct{ first, end int }

// occurrences returns those of the oracle's time, which may cut the outer ones.
func (o *oracle) occurrences() []minuteRange {
	seen := map[ownedDay]*minuteRange{}
	for i, m := range o.minutes {
		for _, w := range m.days {
			if seen[w] == nil {
				seen[w] = &minuteRange{first: i}
			}
			seen[w].end = i + 1
		}
	}
	covered := make([]int, len(o.minutes)+1) // the furthest end of those that begin here
	for _, s := range seen {
		covered[s.first] = max(covered[s.first], s.end)
	}
	var list []minuteRange
	for i := 0; i < len(o.minutes); i++ {
		if covered[i] == 0 {
			continue
		}
		first, end := i, covered[i]
		for ; i < len(o.minutes) && i <= end; i++ {
			end = max(end, covered[i])
		}
		i--
		list = append(list, minuteRange{first, end})
	}
	return list
}

// survived returns how many occurrences there were from start to now.
func (o *oracle) survived(start, now time.Time) int {
	count := 0
	for _, s := range o.occurrences() {
		if o.at(s.first).After(start) && !o.at(s.end).After(now) {
			count++
		}
	}
	return count
}

// A ruling is what decides a streak: by is a deployment's id, "since" or
// "~coverage", in the order in which they decide at the same instant.
type ruling struct {
	start   time.Time
	by      string
	atEnd   bool
	running bool
}

// since returns the rule's since as an instant.
func (o *oracle) since() time.Time {
	if o.rule.Since == (rules.Date{}) {
		return time.Time{}
	}
	// The first minute whose date is since or, if it was skipped, later.
	return o.at(slices.IndexFunc(o.minutes, func(m minute) bool { return m.date >= o.sinceDate() }))
}

func (o *oracle) sinceDate() int {
	return o.rule.Since.Year*10000 + int(o.rule.Since.Month)*100 + o.rule.Since.Day
}

// ignored says whether a breach is before since: what the clock showed decides.
func (o *oracle) ignored(at time.Time, atEnd bool) bool {
	if atEnd {
		at = at.Add(-time.Minute)
	}
	return o.rule.Since != (rules.Date{}) && o.minutes[o.index(at)].date < o.sinceDate()
}

// inForce says whether since has come.
func (o *oracle) inForce(now time.Time) bool { return !now.Before(o.since()) }

// decide returns what decides as of now; by is "nothing" if nothing is known. The
// coverage is zero where nothing limits, and read is when all was first read.
func (o *oracle) decide(all []truth, coverage, read, now time.Time) ruling {
	var rulings []ruling
	something := false // is known to be there
	for _, d := range all {
		_, there := d.AsOf(now)
		something = something || there && o.scope(d)
		if at, end, ok := o.breach(d, now); ok && !o.ignored(at, end) {
			rulings = append(rulings, ruling{start: at, by: d.ID, atEnd: end, running: d.end.IsZero()})
		}
	}
	switch {
	case !coverage.IsZero():
		rulings = append(rulings, ruling{start: coverage, by: "~coverage"})
	case len(rulings) > 0:
	case !something, read.IsZero():
		return ruling{by: "nothing"}
	default:
		rulings = append(rulings, ruling{start: read, by: "~coverage"})
	}
	if o.rule.Since != (rules.Date{}) {
		rulings = append(rulings, ruling{start: o.since(), by: "since"})
	}
	// A running one decides always; else the latest, of equals a breach, then since.
	slices.SortFunc(rulings, func(a, b ruling) int {
		running := map[bool]int{true: 0, false: 1}
		return cmp.Or(running[a.running]-running[b.running], b.start.Compare(a.start), strings.Compare(a.by, b.by))
	})
	return rulings[0]
}

// count returns the number as of now.
func (o *oracle) count(r ruling, now time.Time) (weeks, days int) {
	if r.running || r.start.After(now) {
		return 0, 0
	}
	days = o.elapsed(r.start, now)
	switch o.rule.Count {
	case rules.CountMidnight:
		days = o.midnights(r.start, now, r.atEnd)
	case rules.CountSurvived:
		return o.survived(r.start, now), days
	}
	return days / 7, days
}
