package rules_test

import (
	"slices"

	"github.com/fridaycounter/fridaycounter/rules"
)

// checkDays compares the statistics of the world's days with what the oracle finds
// minute by minute.
func (w *world) checkDays(tb failer, o *oracle, c *rules.Compiled) {
	tb.Helper()
	first, last := rules.DateOf(w.begin().In(w.loc).AddDate(0, 0, 3)), rules.DateOf(w.now.In(w.loc).AddDate(0, 0, 1))
	days, hours, breaches := rules.Days([]*rules.Compiled{c}, w.loc, w.environments(), first, last, w.now)
	if got := days[len(days)-1].Date; days[0].Date != first || got != last {
		tb.Fatalf("days: got %s to %s, want %s to %s\n%s", days[0].Date, got, first, last, w)
	}
	for _, d := range days {
		if want := w.day(o, d.Date); d != want {
			tb.Fatalf("days: got %+v, want %+v\n%s", d, want, w)
		}
	}
	for _, d := range days {
		on := 0
		for _, b := range breaches {
			if b.Date() == d.Date {
				on++
			}
		}
		if on != d.Breaches {
			tb.Fatalf("days: got %d breaches on %s, want %d\n%s", on, d.Date, d.Breaches, w)
		}
	}
	began, broke := 0, 0
	for _, day := range hours {
		for _, h := range day {
			began, broke = began+h.Deployments, broke+h.Breaches
		}
	}
	wantBegan, wantBroke := 0, 0
	for _, d := range days {
		wantBegan += d.Deployments
	}
	for _, d := range w.truths {
		if at, atEnd, ok := o.breach(d, w.now); ok && !o.ignored(at, atEnd) && slices.ContainsFunc(days, func(day rules.Day) bool { return day.Date == w.began(d) }) {
			wantBroke++
		}
	}
	if began != wantBegan || broke != wantBroke {
		tb.Fatalf("days: the hours have %d deployments and %d breaches, want %d and %d\n%s", began, broke, wantBegan, wantBroke, w)
	}
}

// began returns the date on which a deployment began, if it did by now.
func (w *world) began(d truth) rules.Date {
	was, ok := d.AsOf(w.now)
	if !ok || !was.Ran() {
		return rules.Date{}
	}
	start, _ := was.Interval(w.now)
	return rules.DateOf(start.In(w.loc))
}

// day counts what is on a date.
func (w *world) day(o *oracle, date rules.Date) rules.Day {
	want := rules.Day{Date: date, Known: true}
	for _, d := range w.truths {
		if w.began(d) == date {
			want.Deployments++
		}
		at, atEnd, ok := o.breach(d, w.now)
		if !ok || o.ignored(at, atEnd) {
			continue
		}
		if atEnd {
			at = at.Add(-1)
		}
		if rules.DateOf(at.In(w.loc)) == date {
			want.Breaches++
		}
	}
	// From the first minute of the date to the first of a later one.
	number := date.Year*10000 + int(date.Month)*100 + date.Day
	from := slices.IndexFunc(o.minutes, func(m minute) bool { return m.date >= number })
	until := slices.IndexFunc(o.minutes, func(m minute) bool { return m.date > number })
	forbidden := 0
	for i, m := range o.minutes[from:until] {
		if m.forbidden && !o.at(from+i).Before(o.since()) {
			forbidden++
		}
	}
	if forbidden > 0 { // a skipped date has no minutes
		want.Forbidden = float64(forbidden) / float64(until-from)
	}
	begins := o.at(from)
	want.Ahead = begins.After(w.now)
	known := w.coverage
	if known.IsZero() { // nothing limits
		known = w.read
	}
	there := slices.ContainsFunc(w.truths, func(d truth) bool { _, ok := d.AsOf(w.now); return ok })
	want.Known = !known.IsZero() && !known.After(begins) && (there || !w.coverage.IsZero())
	return want
}
