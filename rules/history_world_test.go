package rules_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A minuteBreach is a breach as the oracle sees it.
type minuteBreach struct {
	id        string
	first, at time.Time
	atEnd     bool
	minutes   []int
}

// breachesByMinutes returns all breaches that are not before since.
func (w *world) breachesByMinutes(o *oracle) []minuteBreach {
	var list []minuteBreach
	for _, d := range w.truths {
		minutes := o.meets(d, w.now)
		at, atEnd, ok := o.breach(d, w.now)
		if !ok || o.ignored(at, atEnd) {
			continue
		}
		list = append(list, minuteBreach{d.ID, o.at(minutes[0]), at, atEnd, minutes})
	}
	return list
}

// streaksBetween returns the streaks between breaches by trying all that could be, the
// earliest first.
func streaksBetween(from time.Time, list []minuteBreach) [][2]time.Time {
	starts := []time.Time{from}
	for _, d := range list {
		starts = append(starts, d.at)
	}
	var spans [][2]time.Time
	for _, start := range starts {
		for _, other := range list {
			end := other.first
			quiet := start.Before(end) && !slices.ContainsFunc(list, func(d minuteBreach) bool {
				return d.first.Before(end) && d.at.After(start)
			})
			if span := [2]time.Time{start, end}; quiet && !slices.Contains(spans, span) {
				spans = append(spans, span)
			}
		}
	}
	slices.SortFunc(spans, func(a, b [2]time.Time) int { return a[0].Compare(b[0]) })
	return spans
}

// knownFrom returns from when on all is known, or since, and whether anything is known.
func (w *world) knownFrom(o *oracle, slow []minuteBreach) (from time.Time, known bool) {
	from, known = w.coverage, true
	if from.IsZero() {
		// What was read first, or what broke the rule before.
		_, _, r := w.number(o, w.now)
		if known = r.by != "nothing"; !known {
			return from, false
		}
		from = w.read
		for _, d := range slow {
			if from.IsZero() || d.at.Before(from) {
				from = d.at
			}
		}
	}
	if since := o.since(); !since.Before(from) {
		from = since
	}
	return from, known
}

// checkHistory compares the history with the oracle's.
func (w *world) checkHistory(tb failer, o *oracle, c *rules.Compiled) {
	tb.Helper()
	environments := w.environments()
	slow := w.breachesByMinutes(o)
	from, known := w.knownFrom(o, slow)
	breaches := c.Breaches(environments, w.now)
	h := c.History(environments, breaches, w.now)
	if !known || !o.inForce(w.now) {
		if h.Known || h.Record != nil || h.Years != nil {
			tb.Fatalf("history: got %+v, want none\n%s", h, w)
		}
		return
	}
	counted := slices.DeleteFunc(slices.Clone(slow), func(d minuteBreach) bool { return d.at.Before(from) })
	if !h.Known || !h.From.Equal(from) || h.Breaches != len(counted) {
		tb.Fatalf("history: got %d from %s; want %d from %s\n%s", h.Breaches, h.From, len(counted), from.In(w.loc), w)
	}
	if s := c.Streak(environments, breaches, w.now); !h.Current.Start.Equal(s.Since) || h.Current.Weeks != s.Weeks || h.Current.Days != s.Days || h.Current.AtLeast != s.AtLeast {
		tb.Fatalf("current: got %+v, want %s\n%s", h.Current, show(s), w)
	}
	w.checkStreaks(tb, o, h, from, counted)
	w.checkOccurrences(tb, o, c, h, from, slow)
}

// span writes a streak so that it can be compared: 2w 14d from … to ….
func (w *world) span(r *rules.StreakSpan) string {
	if r == nil {
		return "none"
	}
	return fmt.Sprintf("%dw %dd %s to %s", r.Weeks, r.Days, r.Start.In(w.loc), r.End.In(w.loc))
}

// checkStreaks compares the streaks with all that could be.
func (w *world) checkStreaks(tb failer, o *oracle, h rules.History, from time.Time, counted []minuteBreach) {
	tb.Helper()
	var all []rules.StreakSpan
	for _, s := range streaksBetween(from, counted) {
		i := slices.IndexFunc(counted, func(d minuteBreach) bool { return d.at.Equal(s[0]) })
		weeks, days := o.count(ruling{start: s[0], atEnd: i >= 0 && counted[i].atEnd}, s[1])
		all = append(all, rules.StreakSpan{Start: s[0], End: s[1], Weeks: weeks, Days: days})
	}
	if len(h.Ended) != len(all) {
		tb.Fatalf("streaks: got %d, want %d\n%s", len(h.Ended), len(all), w)
	}
	for i, r := range h.Ended {
		began := slices.ContainsFunc(counted, func(d minuteBreach) bool { return d.at.Equal(r.Start) })
		switch {
		case w.span(&r) != w.span(&all[i]):
			tb.Fatalf("streak %d: got %s, want %s\n%s", i, w.span(&r), w.span(&all[i]), w)
		case !slices.ContainsFunc(counted, func(d minuteBreach) bool { return d.id == r.Ended.Deployment.ID && d.first.Equal(r.End) }):
			tb.Fatalf("streak %s: got ended by %+v\n%s", w.span(&r), r.Ended, w)
		case !began && (i > 0 || !r.Start.Equal(from) || r.AtLeast != from.After(o.since())), began && r.AtLeast && !r.Start.Equal(from):
			tb.Fatalf("streak %s: got at least %v\n%s", w.span(&r), r.AtLeast, w)
		}
	}
	if got, want := w.span(h.Best), w.span(longest(all)); got != want {
		tb.Fatalf("best: got %s, want %s\n%s", got, want, w)
	}
	if got, want := w.span(h.Record), w.span(longest(append(all, h.Current))); got != want {
		tb.Fatalf("record: got %s, want %s\n%s", got, want, w)
	}
	if h.Best != nil && h.Best.Ended == nil {
		tb.Fatalf("best: got %s, which goes on\n%s", w.span(h.Best), w)
	}
}

// longest returns the longest of streaks in order, of equals the latest; nil of none.
func longest(list []rules.StreakSpan) *rules.StreakSpan {
	var best *rules.StreakSpan
	for i := range list {
		r := &list[i]
		if best == nil || r.Weeks > best.Weeks || r.Weeks == best.Weeks && r.End.Sub(r.Start) >= best.End.Sub(best.Start) {
			best = r
		}
	}
	return best
}

func (w *world) checkOccurrences(tb failer, o *oracle, c *rules.Compiled, h rules.History, from time.Time, slow []minuteBreach) {
	tb.Helper()
	environments := w.environments()
	breaches := c.Breaches(environments, w.now)
	years := map[int]rules.Year{}
	kept, broken := 0, 0
	// The world cuts the first and the last.
	list := slices.DeleteFunc(o.occurrences(), func(s minuteRange) bool { return s.first == 0 || s.end == len(o.minutes) })
	for _, s := range list {
		first, end := o.at(s.first), o.at(s.end)
		var by []string
		var last time.Time
		for _, d := range slow {
			if slices.ContainsFunc(d.minutes, func(i int) bool { return s.first <= i && i < s.end }) {
				by = append(by, d.id)
				if d.at.After(last) {
					last = d.at
				}
			}
		}
		want := rules.StatusUnknown
		past := !first.Before(from) && !end.After(w.now)
		switch {
		case len(by) > 0:
			want = rules.StatusBroken
		case first.Before(o.since()):
			want = rules.StatusBefore
		case first.After(w.now):
			want = rules.StatusAhead
		case end.After(w.now):
			want = rules.StatusOpen
		case past:
			want = rules.StatusKept
		}
		if past {
			y := years[first.In(w.loc).Year()]
			y.Year = first.In(w.loc).Year()
			if len(by) > 0 {
				y.Broken++
				broken++
			} else {
				y.Kept++
				kept++
			}
			years[y.Year] = y
		}
		got := c.Occurrences(environments, breaches, first, end, w.now)
		if len(got) != 1 || !got[0].Start.Equal(first) || !got[0].End.Equal(end) || got[0].Status != want || got[0].Breaches != len(by) {
			tb.Fatalf("occurrence: got %+v, want %s to %s, %s by %v\n%s", got, first.In(w.loc), end.In(w.loc), want, by, w)
		}
		if b := got[0].Breach; (b != nil) != (len(by) > 0) || b != nil && (!b.At.Equal(last) || !slices.Contains(by, b.Deployment.ID)) {
			tb.Fatalf("occurrence of %s: got broken by %+v, want %v at %s\n%s", first.In(w.loc), b, by, last, w)
		}
	}
	for _, y := range h.Years {
		if y != years[y.Year] {
			tb.Fatalf("year: got %+v, want %+v\n%s", y, years[y.Year], w)
		}
		delete(years, y.Year)
	}
	if len(years) > 0 {
		tb.Fatalf("years: got %v, want also %v\n%s", h.Years, years, w)
	}
	if n := len(list); n > 0 {
		got := c.Occurrences(environments, breaches, o.at(list[0].first), o.at(list[n-1].end), w.now)
		if len(got) != n {
			tb.Fatalf("occurrences: got %d, want %d\n%s", len(got), n, w)
		}
	}
}
