package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// showSpan writes a streak in one line: 2w 14d 2026-03-06 10:05 to 2026-03-20 10:00 by 8.
func showSpan(r *rules.StreakSpan) string {
	if r == nil {
		return "none"
	}
	by := func(b *rules.Breach) string {
		if b == nil {
			return ""
		}
		return " by " + b.Deployment.ID
	}
	text := fmt.Sprintf("%dw %dd %s to %s%s", r.Weeks, r.Days,
		r.Start.Format("2006-01-02 15:04"), r.End.Format("2006-01-02 15:04"), by(r.Ended))
	if r.AtLeast {
		text = "at least " + text
	}
	return text
}

func TestHistory(t *testing.T) {
	for _, c := range []struct {
		name                      string
		forbid                    string // default Fri
		since                     string
		count                     rules.Count
		runs                      []string
		from, now                 string
		current, previous, record string
		best                      string // default record
		years                     string // 2026: 3 kept, 1 broken
		breaches                  int
	}{
		{
			name: "nothing happened", from: "2026-03-02 00:00", now: "2026-03-30 00:00",
			current: "at least 4w 28d 2026-03-02 00:00 to 2026-03-30 00:00", previous: "none",
			record: "at least 4w 28d 2026-03-02 00:00 to 2026-03-30 00:00", best: "none",
			years: "2026: 4 kept, 0 broken",
		},
		{
			name: "the record fell, and the best is the one that it broke",
			runs: []string{"6 2026-02-20 10:00 / 2026-02-20 10:05", "7 2026-03-06 11:00 / 2026-03-06 11:05", "8 2026-03-13 10:00 / 2026-03-13 10:05"},
			from: "2026-02-16 00:00", now: "2026-04-06 00:00",
			current:  "3w 23d 2026-03-13 10:05 to 2026-04-06 00:00",
			previous: "0w 6d 2026-03-06 11:05 to 2026-03-13 10:00 by 8",
			record:   "3w 23d 2026-03-13 10:05 to 2026-04-06 00:00",
			best:     "2w 14d 2026-02-20 10:05 to 2026-03-06 11:00 by 7",
			years:    "2026: 4 kept, 3 broken", breaches: 3,
		},
		{
			name: "of a current streak and a best one that are equal, the current one is the record",
			runs: []string{"6 2026-03-06 10:00 / 2026-03-06 10:05", "7 2026-03-20 10:05 / 2026-03-20 10:10"},
			from: "2026-03-06 10:00", now: "2026-04-03 10:10",
			current:  "2w 14d 2026-03-20 10:10 to 2026-04-03 10:10",
			previous: "2w 14d 2026-03-06 10:05 to 2026-03-20 10:05 by 7",
			record:   "2w 14d 2026-03-20 10:10 to 2026-04-03 10:10",
			best:     "2w 14d 2026-03-06 10:05 to 2026-03-20 10:05 by 7",
			years:    "2026: 2 kept, 1 broken", breaches: 2,
		},
		{
			name: "the record was before the facts began to be whole, at least",
			runs: []string{"7 2026-03-06 10:00 / 2026-03-06 10:05", "8 2026-03-20 11:00 / 2026-03-20 11:05"},
			from: "2026-01-02 10:00", now: "2026-03-30 00:00",
			current:  "1w 9d 2026-03-20 11:05 to 2026-03-30 00:00",
			previous: "2w 14d 2026-03-06 10:05 to 2026-03-20 11:00 by 8",
			record:   "at least 9w 63d 2026-01-02 10:00 to 2026-03-06 10:00 by 7",
			years:    "2026: 10 kept, 2 broken", breaches: 2, // 2 January began before the facts
		},
		{
			name: "since begins a streak that is no guess, and what was before is not there", since: "2026-02-01",
			runs: []string{"6 2026-01-30 10:00 / 2026-01-30 10:05", "7 2026-03-06 10:00 / 2026-03-06 10:05"},
			from: "2026-01-01 00:00", now: "2026-03-30 00:00",
			current:  "3w 23d 2026-03-06 10:05 to 2026-03-30 00:00",
			previous: "4w 33d 2026-02-01 00:00 to 2026-03-06 10:00 by 7",
			record:   "4w 33d 2026-02-01 00:00 to 2026-03-06 10:00 by 7",
			years:    "2026: 7 kept, 1 broken", breaches: 1,
		},
		{
			name: "of equals the latest is the record",
			runs: []string{"6 2026-03-06 10:00 / 2026-03-06 10:05", "7 2026-03-13 10:05 / 2026-03-13 10:10", "8 2026-03-20 10:10 / 2026-03-20 10:15"},
			from: "2026-03-06 10:00", now: "2026-03-21 00:00",
			current:  "0w 0d 2026-03-20 10:15 to 2026-03-21 00:00",
			previous: "1w 7d 2026-03-13 10:10 to 2026-03-20 10:10 by 8",
			record:   "1w 7d 2026-03-13 10:10 to 2026-03-20 10:10 by 8",
			years:    "2026: 0 kept, 2 broken", breaches: 3,
		},
		{
			name: "deployments that overlap are one break, from the first to the last",
			runs: []string{"6 2026-03-13 10:00 / 2026-03-13 11:00", "7 2026-03-13 10:30 / 2026-03-13 10:40", "8 2026-03-13 10:50 / 2026-03-13 12:00"},
			from: "2026-03-02 00:00", now: "2026-03-15 00:00",
			current:  "0w 1d 2026-03-13 12:00 to 2026-03-15 00:00",
			previous: "at least 1w 11d 2026-03-02 00:00 to 2026-03-13 10:00 by 6",
			record:   "at least 1w 11d 2026-03-02 00:00 to 2026-03-13 10:00 by 6",
			years:    "2026: 1 kept, 1 broken", breaches: 3,
		},
		{
			name: "one runs now, over two fridays",
			runs: []string{"7 2026-03-12 10:00"},
			from: "2026-03-02 00:00", now: "2026-03-20 12:00",
			current:  "0w 0d 2026-03-20 12:00 to 2026-03-20 12:00",
			previous: "at least 1w 11d 2026-03-02 00:00 to 2026-03-13 00:00 by 7",
			record:   "at least 1w 11d 2026-03-02 00:00 to 2026-03-13 00:00 by 7",
			years:    "2026: 1 kept, 1 broken", breaches: 1,
		},
		{
			name: "new year's night belongs to the year in which it began", forbid: "22:00-06:00",
			runs: []string{"7 2026-01-01 01:00 / 2026-01-01 01:05"},
			from: "2025-12-29 00:00", now: "2026-01-03 12:00",
			current:  "0w 2d 2026-01-01 01:05 to 2026-01-03 12:00",
			previous: "at least 0w 3d 2025-12-29 00:00 to 2026-01-01 01:00 by 7",
			record:   "at least 0w 3d 2025-12-29 00:00 to 2026-01-01 01:00 by 7",
			years:    "2025: 2 kept, 1 broken; 2026: 2 kept, 0 broken", breaches: 1,
		},
		{
			name: "by windows that were survived, a shorter streak may be the record", forbid: "Fri; 2026-03-16..2026-03-19 12:00-13:00", count: rules.CountSurvived,
			runs: []string{"6 2026-03-13 10:00 / 2026-03-13 10:05", "7 2026-03-20 10:00 / 2026-03-20 10:05"},
			from: "2026-02-20 10:00", now: "2026-04-15 12:00",
			current:  "3w 26d 2026-03-20 10:05 to 2026-04-15 12:00",
			previous: "4w 6d 2026-03-13 10:05 to 2026-03-20 10:00 by 7",
			record:   "4w 6d 2026-03-13 10:05 to 2026-03-20 10:00 by 7",
			years:    "2026: 9 kept, 2 broken", breaches: 2,
		},
		{
			name: "always forbidden is never over", forbid: "always",
			runs: []string{"7 2026-03-13 10:00 / 2026-03-13 10:05"},
			from: "1990-01-01 00:00", now: "2026-03-15 00:00",
			current:  "0w 1d 2026-03-13 10:05 to 2026-03-15 00:00",
			previous: "at least 1888w 13220d 1990-01-01 00:00 to 2026-03-13 10:00 by 7",
			record:   "at least 1888w 13220d 1990-01-01 00:00 to 2026-03-13 10:00 by 7",
			breaches: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule := rules.Rule{Forbid: windows(t, "Fri"), Count: c.count}
			if c.forbid != "" {
				rule.Forbid = windows(t, c.forbid)
			}
			if c.since != "" {
				rule.Since = date(t, c.since)
			}
			now := local(t, time.UTC, c.now)
			environments := []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: local(t, time.UTC, c.from), Deployments: deploymentsOf(t, time.UTC, c.runs...)}}
			h := history(rules.Compile(rule, time.UTC), environments, now)
			if c.best == "" {
				c.best = c.record
			}
			var previous *rules.StreakSpan
			if n := len(h.Ended); n > 0 {
				previous = &h.Ended[n-1]
			}
			var years []string
			for _, y := range h.Years {
				years = append(years, fmt.Sprintf("%d: %d kept, %d broken", y.Year, y.Kept, y.Broken))
			}
			for _, r := range []struct{ what, got, want string }{
				{"current", showSpan(&h.Current), c.current},
				{"previous", showSpan(previous), c.previous},
				{"record", showSpan(h.Record), c.record},
				{"best", showSpan(h.Best), c.best},
				{"years", strings.Join(years, "; "), c.years},
				{"breaches", fmt.Sprint(h.Breaches), fmt.Sprint(c.breaches)},
			} {
				if r.got != r.want {
					t.Errorf("%s: got %s, want %s", r.what, r.got, r.want)
				}
			}
		})
	}
}

// A streak may have more weeks than one that took more time.
func TestHistoryLongestByWeeks(t *testing.T) {
	loc := location(t, "America/Los_Angeles")
	for _, c := range []struct {
		name  string
		count rules.Count
		runs  []string
		best  string
	}{
		{
			"the clock was put forward", rules.CountElapsed,
			[]string{"6 2026-03-02 09:55 / 2026-03-02 10:00", "7 2026-03-09 10:00 / 2026-03-09 10:05", "8 2026-03-16 10:00 / 2026-03-16 10:05"},
			"1w 7d 2026-03-02 10:00 to 2026-03-09 10:00 by 7",
		},
		{
			"midnights at both ends", rules.CountMidnight,
			[]string{"6 2026-03-02 23:58 / 2026-03-02 23:59", "7 2026-03-09 00:01 / 2026-03-09 00:02", "8 2026-03-15 23:00 / 2026-03-15 23:05"},
			"1w 7d 2026-03-02 23:59 to 2026-03-09 00:01 by 7",
		},
	} {
		now := local(t, loc, "2026-03-17 00:00")
		compiled := rules.Compile(rules.Rule{Forbid: windows(t, "always"), Count: c.count}, loc)
		environments := []rules.Environment{{ID: "1", Name: "Production", CompleteFrom: local(t, loc, "2026-03-01 00:00"), Deployments: deploymentsOf(t, loc, c.runs...)}}
		h := history(compiled, environments, now)
		if got := showSpan(h.Best); got != c.best {
			t.Errorf("%s: got %s, want %s", c.name, got, c.best)
		}
	}
}

func TestHistoryUnknown(t *testing.T) {
	now := local(t, time.UTC, "2026-03-15 00:00")
	h := history(fridays(), []rules.Environment{{ID: "1", Name: "Production", Deployments: deploymentsOf(t, time.UTC, "7 2026-03-13 10:00 / 2026-03-13 10:05")}}, now)
	if h.Known || h.Record != nil || h.Best != nil || h.Years != nil || h.Breaches != 0 {
		t.Errorf("history: got %+v, want not known", h)
	}
}

// The streaks that have ended come in order.
func TestHistoryEndedRuns(t *testing.T) {
	environments := production(t, "2026-03-02", deploymentsOf(t, time.UTC,
		"1 2026-03-06 10:00 / 2026-03-06 10:05", "2 2026-03-13 10:00 / 2026-03-13 10:05", "3 2026-03-20 10:00 / 2026-03-20 10:05")...)
	now := local(t, time.UTC, "2026-03-28 00:00")
	want := []string{
		"at least 0w 4d 2026-03-02 00:00 to 2026-03-06 10:00 by 1",
		"0w 6d 2026-03-06 10:05 to 2026-03-13 10:00 by 2",
		"0w 6d 2026-03-13 10:05 to 2026-03-20 10:00 by 3",
	}
	var got []string
	for _, r := range history(fridays(), environments, now).Ended {
		got = append(got, showSpan(&r))
	}
	if !slices.Equal(got, want) {
		t.Errorf("ended: got %q, want %q", got, want)
	}
}

func TestOccurrences(t *testing.T) {
	excused := rules.Exception{ID: ptr(pattern(t, "9")), Dates: dates(t, "2026-03-13..2026-03-13"), Reason: "move"}
	for _, c := range []struct {
		name, forbid, since string
		runs                []string
		from, to, now       string
		want                string
	}{
		{
			name: "a month", since: "2026-03-02",
			runs: []string{"7 2026-03-13 10:00 / 2026-03-13 10:05", "8 2026-03-13 11:00 / 2026-03-13 11:05", "6 2026-02-27 11:00 / 2026-02-27 11:05"},
			from: "2026-02-25 00:00", to: "2026-04-04 00:00", now: "2026-03-27 12:00",
			want: "02-27 before; 03-06 kept; 03-13 broken 2 by 8; 03-20 kept; 03-27 open; 04-03 ahead",
		},
		{
			name: "facts that begin later, and a breach that is known all the same",
			runs: []string{"7 2026-01-02 10:00 / 2026-01-02 10:05"},
			from: "2025-12-20 00:00", to: "2026-01-18 00:00", now: "2026-03-27 12:00",
			want: "12-26 unknown; 01-02 broken 1 by 7; 01-09 unknown; 01-16 kept",
		},
		{
			name: "a range that cuts them", from: "2026-03-13 12:00", to: "2026-03-20 00:00", now: "2026-03-27 12:00",
			want: "03-13 kept",
		},
		{
			name: "and ends a moment later", from: "2026-03-14 00:00", to: "2026-03-20 00:01", now: "2026-03-27 12:00",
			want: "03-20 kept",
		},
		{name: "an empty range", from: "2026-03-14 00:00", to: "2026-03-14 00:00", now: "2026-03-27 12:00"},
		{name: "a range without any", from: "2026-03-14 00:00", to: "2026-03-20 00:00", now: "2026-03-27 12:00"},
		{
			name: "one that is excused on the middle one of three",
			runs: []string{"9 2026-03-06 10:00 / 2026-03-20 10:05"},
			from: "2026-03-02 00:00", to: "2026-04-01 00:00", now: "2026-03-28 12:00",
			want: "03-06 broken 1 by 9; 03-13 kept; 03-20 broken 1 by 9; 03-27 kept",
		},
		{
			name: "and runs still",
			runs: []string{"9 2026-03-06 10:00"},
			from: "2026-03-02 00:00", to: "2026-04-01 00:00", now: "2026-03-20 12:00",
			want: "03-06 broken 1 by 9; 03-13 kept; 03-20 broken 1 by 9; 03-27 ahead",
		},
		{
			name: "a day that belongs to both sides of midnight", forbid: "Thu,Fri; Fri 22:00-06:00",
			runs: []string{"7 2026-03-14 01:00 / 2026-03-14 01:05"},
			from: "2026-03-02 00:00", to: "2026-03-14 00:00", now: "2026-03-28 12:00",
			want: "03-05 kept; 03-12 broken 1 by 7",
		},
		{
			name: "two days that are one, and the range begins in the second", forbid: "Thu; Fri",
			from: "2026-03-13 12:00", to: "2026-03-19 00:00", now: "2026-03-28 12:00",
			want: "03-12 kept",
		},
		{
			name: "or ends in the first", forbid: "Thu; Fri",
			runs: []string{"7 2026-03-13 10:00 / 2026-03-13 10:05"},
			from: "2026-03-10 00:00", to: "2026-03-12 12:00", now: "2026-03-28 12:00",
			want: "03-12 broken 1 by 7",
		},
		{
			name: "always, and broken", forbid: "always",
			runs: []string{"7 2026-03-13 10:00 / 2026-03-13 10:05", "8 2026-03-14 10:00 / 2026-03-14 10:05"},
			from: "2026-03-02 00:00", to: "2026-04-01 00:00", now: "2026-03-20 12:00",
			want: "01-01 broken 2 by 8",
		},
		{
			name: "always", forbid: "always",
			from: "2026-03-02 00:00", to: "2026-04-01 00:00", now: "2026-03-20 12:00",
			want: "01-01 open", // since ever, which is no date
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule := rules.Rule{Forbid: windows(t, "Fri"), Except: []rules.Exception{excused}}
			if c.forbid != "" {
				rule.Forbid = windows(t, c.forbid)
			}
			if c.since != "" {
				rule.Since = date(t, c.since)
			}
			now := local(t, time.UTC, c.now)
			environments := production(t, "2026-01-10", deploymentsOf(t, time.UTC, c.runs...)...)
			compiled := rules.Compile(rule, time.UTC)
			var got []string
			for _, o := range compiled.Occurrences(environments, compiled.Breaches(environments, now), local(t, time.UTC, c.from), local(t, time.UTC, c.to), now) {
				text := o.Start.Format("01-02 ") + string(o.Status)
				if o.Breach != nil {
					text += fmt.Sprintf(" %d by %s", o.Breaches, o.Breach.Deployment.ID)
				}
				got = append(got, text)
			}
			if got := strings.Join(got, "; "); got != c.want {
				t.Errorf("occurrences: got %s, want %s", got, c.want)
			}
		})
	}
}

// A streak ends at the very instant at which a deployment began within a window.
func TestHistoryFractionsOfSeconds(t *testing.T) {
	loc := time.UTC
	now := local(t, loc, "2026-03-30 00:00")
	d := run(t, loc, "7 2026-03-13 10:00 / 2026-03-13 10:05")
	d.Executed = d.Executed.Add(250 * time.Millisecond)
	d.Finished = d.Finished.Add(750 * time.Millisecond)
	h := history(fridays(), production(t, "2026-01-01", d), now)
	if !h.Current.Start.Equal(d.Finished) || !h.Ended[0].End.Equal(d.Executed) {
		t.Errorf("streaks: got %s and from %s, want %s and %s", h.Ended[0].End, h.Current.Start, d.Executed, d.Finished)
	}
}

// One exception excuses a deployment on the middle one of three days.
func TestOccurrencesExcusedByVersion(t *testing.T) {
	rule := rules.Rule{Forbid: windows(t, "Fri"), Except: []rules.Exception{
		{Version: ptr(pattern(t, "move")), Dates: dates(t, "2026-03-13..2026-03-13"), Reason: "move"},
	}}
	now := local(t, time.UTC, "2026-03-30 00:00")
	compiled := rules.Compile(rule, time.UTC)
	d := run(t, time.UTC, "7 2026-03-06 10:00 / 2026-03-20 10:05")
	for _, c := range []struct {
		version string
		want    rules.Status
	}{{"move", rules.StatusKept}, {"other", rules.StatusBroken}} {
		d.Version = c.version
		environments := production(t, "2026-01-01", d)
		list := compiled.Occurrences(environments, compiled.Breaches(environments, now), local(t, time.UTC, "2026-03-13 00:00"), local(t, time.UTC, "2026-03-14 00:00"), now)
		if len(list) != 1 || list[0].Status != c.want {
			t.Errorf("occurrence with version %s: got %+v, want %s", c.version, list, c.want)
		}
	}
}
