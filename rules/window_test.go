package rules_test

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

const occurrenceLayout = "2006-01-02 15:04 MST"

func TestNextOccurrence(t *testing.T) {
	for _, c := range []struct {
		name   string
		zone   string // default America/Los_Angeles
		forbid string
		except string // dates
		since  string
		now    string
		want   string
	}{
		{name: "since is to come", forbid: "Fri", since: "2026-04-20", now: "2026-04-17 10:00", want: "2026-04-24 00:00 PDT to 2026-04-25 00:00 PDT"},
		{name: "since is to come within a window, which begins with it", forbid: "Fri,Sat", since: "2026-04-18", now: "2026-04-17 10:00", want: "2026-04-18 00:00 PDT to 2026-04-19 00:00 PDT"},
		{name: "since came within this window", forbid: "Fri,Sat", since: "2026-04-18", now: "2026-04-18 10:00", want: "2026-04-18 00:00 PDT to 2026-04-19 00:00 PDT"},
		{name: "always, since a date", forbid: "always", since: "2026-04-18", now: "2026-04-17 10:00", want: "2026-04-18 00:00 PDT to never"},
		{name: "since is after the last window", forbid: "2026-04-17..2026-04-17", since: "2026-04-18", now: "2026-04-17 10:00", want: "none"},
		{name: "the next friday", forbid: "Fri", now: "2026-04-14 10:00", want: "2026-04-17 00:00 PDT to 2026-04-18 00:00 PDT"},
		{name: "this friday", forbid: "Fri", now: "2026-04-17 10:00", want: "2026-04-17 00:00 PDT to 2026-04-18 00:00 PDT"},
		{name: "its first instant", forbid: "Fri", now: "2026-04-17 00:00", want: "2026-04-17 00:00 PDT to 2026-04-18 00:00 PDT"},
		{name: "its end is outside", forbid: "Fri", now: "2026-04-18 00:00", want: "2026-04-24 00:00 PDT to 2026-04-25 00:00 PDT"},
		{name: "windows that touch", forbid: "Fri 12:00-24:00; Sat,Sun; Mon 00:00-06:00", now: "2026-04-18 00:00", want: "2026-04-17 12:00 PDT to 2026-04-20 06:00 PDT"},
		{name: "windows that overlap", forbid: "Fri 12:00-24:00; Fri 20:00-08:00", now: "2026-04-14 00:00", want: "2026-04-17 12:00 PDT to 2026-04-18 08:00 PDT"},
		{name: "over the spring change", forbid: "Sat,Sun", now: "2026-03-07 00:00", want: "2026-03-07 00:00 PST to 2026-03-09 00:00 PDT"},
		{name: "a doubled hour with a gap, first", forbid: "Sun 01:30-02:00", now: "2026-11-01 00:00", want: "2026-11-01 01:30 PDT to 2026-11-01 01:00 PST"},
		{name: "a doubled hour with a gap, second", forbid: "Sun 01:30-02:00", now: "2026-11-01 01:00 -0800", want: "2026-11-01 01:30 PST to 2026-11-01 02:00 PST"},
		{name: "a skipped window", forbid: "Sun 02:15-02:45", now: "2026-03-07 00:00", want: "2026-03-15 02:15 PDT to 2026-03-15 02:45 PDT"},
		{name: "a window cut by a skip", forbid: "Sun 01:30-02:30", now: "2026-03-07 00:00", want: "2026-03-08 01:30 PST to 2026-03-08 03:00 PDT"},
		{name: "always", forbid: "always", now: "2026-03-07 00:00", want: "ever to never"},
		{name: "always, in parts", forbid: "Mon,Wed,Fri; Tue,Thu 00:00-12:00; Tue,Thu 12:00-24:00; Sat 00:00-00:00; Sun 18:00-18:00; Sun", now: "2026-03-07 00:00", want: "ever to never"},
		{name: "always, in UTC", zone: "UTC", forbid: "always", now: "2026-03-07 00:00", want: "ever to never"},
		{name: "always but one date", forbid: "always", except: "2026-04-16..2026-04-16", now: "2026-03-07 00:00", want: "ever to 2026-04-16 00:00 PDT"},
		{name: "always after one date", forbid: "always", except: "2026-04-16..2026-04-16", now: "2026-04-16 10:00", want: "2026-04-17 00:00 PDT to never"},
		{name: "from a date on, by parts of a day", forbid: "2026-04-16..9999-12-31 00:00-12:00; 2026-04-16..9999-12-31 12:00-24:00", now: "2030-04-16 10:00", want: "2026-04-16 00:00 PDT to 10000-01-01 00:00 PST"},
		{name: "from a date on, in UTC", zone: "UTC", forbid: "1000-01-01..9999-12-31", now: "2030-04-16 10:00", want: "1000-01-01 00:00 UTC to 10000-01-01 00:00 UTC"},
		{name: "until a date, from another list", forbid: "Mon,Tue,Wed,Thu,Fri,Sat,Sun 2020-01-01..2026-03-08; 2026-03-09..2026-03-20", now: "2026-03-07 00:00", want: "2020-01-01 00:00 PST to 2026-03-21 00:00 PDT"},
		{name: "until the hole that a dated night filled once", zone: "UTC", forbid: "Sat 2026-04-18..2026-04-18 12:00-12:00; Mon,Tue,Wed,Thu,Fri,Sat; Sun 00:00-06:00; Sun 12:00-24:00", now: "2026-04-20 03:00", want: "2026-04-12 12:00 UTC to 2026-04-26 06:00 UTC"},
		{name: "since the hole that a dated night fills once", zone: "UTC", forbid: "Sat 2026-04-18..2026-04-18 12:00-12:00; Mon,Tue,Wed,Thu,Fri,Sat; Sun 00:00-06:00; Sun 12:00-24:00", now: "2026-04-18 03:00", want: "2026-04-12 12:00 UTC to 2026-04-26 06:00 UTC"},
		{name: "years ahead", forbid: "2090-12-24..2090-12-26", now: "2026-03-07 00:00", want: "2090-12-24 00:00 PST to 2090-12-27 00:00 PST"},
		{name: "millennia ahead", forbid: "9000-12-24..9000-12-26", now: "2026-03-07 00:00", want: "9000-12-24 00:00 PST to 9000-12-27 00:00 PST"},
		{name: "a weekday of far dates", forbid: "Fri 2090-12-24..2091-01-03", now: "2026-03-07 00:00", want: "2090-12-29 00:00 PST to 2090-12-30 00:00 PST"},
		{name: "never again", forbid: "2020-12-24..2020-12-26", now: "2026-03-07 00:00", want: "none"},
		{name: "never again, in UTC", zone: "UTC", forbid: "2020-12-24..2020-12-26", now: "2026-03-07 00:00", want: "none"},
		{name: "a date that is excepted", forbid: "Fri", except: "2026-04-17..2026-04-17", now: "2026-04-14 10:00", want: "2026-04-24 00:00 PDT to 2026-04-25 00:00 PDT"},
		{name: "the friday that Samoa did not have", zone: "Pacific/Apia", forbid: "Fri", now: "2011-12-24 00:00", want: "2012-01-06 00:00 +14 to 2012-01-07 00:00 +14"},
		{name: "the days on both sides of it touch", zone: "Pacific/Apia", forbid: "Thu,Sat", now: "2011-12-29 12:00", want: "2011-12-29 00:00 -10 to 2012-01-01 00:00 +14"},
		{name: "before there were zones", zone: "America/New_York", forbid: "Fri", now: "1800-01-01 00:00", want: "1800-01-03 00:00 LMT to 1800-01-04 00:00 LMT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc := location(t, or(c.zone, "America/Los_Angeles"))
			rule := rules.Rule{Name: "rule", Forbid: windows(t, c.forbid)}
			if c.except != "" {
				rule.Except = []rules.Exception{{Dates: dates(t, c.except)}}
			}
			if c.since != "" {
				rule.Since = date(t, c.since)
			}
			now := local(t, loc, c.now)
			compiled := rules.Compile(rule, loc)
			occurrence, ok := compiled.NextOccurrence(now)
			got := "none"
			if ok {
				start, end := "ever", "never"
				if !occurrence.Start.IsZero() {
					start = occurrence.Start.Format(occurrenceLayout)
				}
				if !occurrence.End.IsZero() {
					end = occurrence.End.Format(occurrenceLayout)
				}
				got = start + " to " + end
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if ok && occurrence.Rule != "rule" {
				t.Errorf("rule: got %q, want rule", occurrence.Rule)
			}
		})
	}
}

func TestNextChange(t *testing.T) {
	for _, c := range []struct {
		name   string
		zone   string // default America/Los_Angeles
		forbid string // default Fri
		count  rules.Count
		since  string
		except string // dates, for deployment 7 alone
		run    string
		now    string
		want   string
	}{
		{name: "the next day", run: "7 2026-04-17 10:00:30 / 2026-04-17 10:00:30", now: "2026-04-18 11:00", want: "2026-04-19 10:00:30 PDT"},
		{name: "half seconds", run: "7 2026-04-17 10:00:30.5 / 2026-04-17 10:00:30.5", now: "2026-04-18 11:00", want: "2026-04-19 10:00:30.5 PDT"},
		{name: "half seconds that are skipped", forbid: "2026-03-01..2026-03-01", run: "7 2026-03-01 02:30:20.5 / 2026-03-01 02:30:20.5", now: "2026-03-07 23:00", want: "2026-03-08 03:00:00 PDT"},
		{name: "friday before the next day", run: "7 2026-04-17 10:00 / 2026-04-17 10:05", now: "2026-04-23 11:00", want: "2026-04-24 00:00:00 PDT"},
		{name: "a tick in the skipped hour", forbid: "2020-01-01..2020-01-01", since: "2026-03-01", now: "2026-03-07 23:00", want: "2026-03-08 00:00:00 PST"},
		{name: "a tick in the skipped hour, of a time", forbid: "2026-03-01..2026-03-01", run: "7 2026-03-01 02:30:20 / 2026-03-01 02:30:20", now: "2026-03-07 23:00", want: "2026-03-08 03:00:00 PDT"},
		{name: "a tick in the first of the doubled hours", forbid: "2026-10-25..2026-10-25", run: "7 2026-10-25 01:30 / 2026-10-25 01:30", now: "2026-11-01 00:00", want: "2026-11-01 01:30:00 PDT"},
		{name: "and not in the second", forbid: "2026-10-25..2026-10-25", run: "7 2026-10-25 01:30 / 2026-10-25 01:30", now: "2026-11-01 01:00 -0800", want: "2026-11-02 01:30:00 PST"},
		{name: "midnight", count: rules.CountMidnight, run: "7 2026-04-17 10:00 / 2026-04-17 10:05", now: "2026-04-18 11:00", want: "2026-04-19 00:00:00 PDT"},
		{name: "midnight that is skipped", zone: "America/Sao_Paulo", count: rules.CountMidnight, run: "7 2018-11-02 10:00 / 2018-11-02 10:05", now: "2018-11-03 11:00", want: "2018-11-04 01:00:00 -02"},
		{name: "a midnight that comes back is no change", zone: "America/St_Johns", count: rules.CountMidnight, run: "7 2008-10-31 10:00 / 2008-10-31 10:05", now: "2008-11-02 00:00:30 -0230", want: "2008-11-03 00:00:00 NST"},
		{name: "nor is the second of the two", zone: "America/St_Johns", count: rules.CountMidnight, run: "7 2008-10-31 10:00 / 2008-10-31 10:05", now: "2008-11-01 23:30 -0330", want: "2008-11-03 00:00:00 NST"},
		{name: "midnights from a window's end", forbid: "2026-04-17..2026-04-17", count: rules.CountMidnight, run: "7 2026-04-17 10:00 / 2026-04-18 10:05", now: "2026-04-18 11:00", want: "2026-04-19 00:00:00 PDT"},
		{name: "survived: the days too", count: rules.CountSurvived, run: "7 2026-04-17 10:00 / 2026-04-17 10:05", now: "2026-04-25 00:00", want: "2026-04-25 10:05:00 PDT"},
		{name: "a running breach stays 0 until friday", run: "7 2026-04-17 10:00", now: "2026-04-19 10:00", want: "2026-04-24 00:00:00 PDT"},
		{name: "and while it is forbidden until it is not", run: "7 2026-04-17 10:00", now: "2026-04-17 10:00", want: "2026-04-18 00:00:00 PDT"},
		{name: "always, running", forbid: "always", run: "7 2026-04-17 10:00", now: "2026-04-17 10:00", want: "never"},
		{name: "an edge of what is left to one deployment", forbid: "Thu,Fri", run: "7 2026-04-16 10:00", now: "2026-04-16 11:00", except: "2026-04-16..2026-04-16", want: "2026-04-17 00:00:00 PDT"},
		{name: "since in the future", since: "2026-04-30", now: "2026-04-20 10:00", want: "2026-04-30 00:00:00 PDT"},
		{name: "since has come", since: "2026-04-29", forbid: "2020-01-01..2020-01-01", now: "2026-04-29 00:00", want: "2026-04-30 00:00:00 PDT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc := location(t, or(c.zone, "America/Los_Angeles"))
			rule := rules.Rule{Forbid: windows(t, or(c.forbid, "Fri")), Count: c.count}
			if c.since != "" {
				rule.Since = date(t, c.since)
			}
			if c.except != "" {
				rule.Except = []rules.Exception{{ID: ptr(pattern(t, "7")), Dates: dates(t, c.except)}}
			}
			environments := []rules.Environment{{ID: "1", CompleteFrom: local(t, loc, "2001-01-01 10:30")}}
			if c.run != "" {
				environments[0].Deployments = deploymentsOf(t, loc, c.run)
			}
			compiled := rules.Compile(rule, loc)
			now := local(t, loc, c.now)
			got := "never"
			if at := compiled.NextChange(streak(compiled, environments, now), nil, now); !at.IsZero() {
				got = at.Format("2006-01-02 15:04:05.999 MST")
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestNextChangeUnknown(t *testing.T) {
	loc := location(t, "UTC")
	compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri")}, loc)
	now := local(t, loc, "2026-04-14 10:00")
	got, want := compiled.NextChange(rules.Streak{InForce: true}, nil, now), local(t, loc, "2026-04-17 00:00")
	if !got.Equal(want) {
		t.Errorf("unknown streak: got %s, want %s", got, want)
	}
	compiled = rules.Compile(rules.Rule{Forbid: windows(t, "2020-01-01..2020-01-01")}, loc)
	if got := compiled.NextChange(rules.Streak{}, nil, now); !got.IsZero() {
		t.Errorf("unknown streak, no windows: got %s, want none", got)
	}
}

func TestMatchWindows(t *testing.T) {
	loc := location(t, "Europe/Berlin")
	for _, c := range []struct {
		windows, now string
		match        bool
		want         string
	}{
		{"19:00-07:00", "2026-04-14 20:00", true, "2026-04-15 07:00"},
		{"19:00-07:00", "2026-04-14 07:00", false, "2026-04-14 19:00"},
		{"19:00-07:00", "2026-03-28 20:00", true, "2026-03-29 07:00"},
		{"always", "2026-04-14 20:00", true, ""},
		{"2020-01-01..2020-01-02", "2026-04-14 20:00", false, ""},
	} {
		ws, now := windows(t, c.windows), local(t, loc, c.now)
		got, until := rules.MatchWindows(ws, loc, now)
		if got != c.match {
			t.Errorf("%s at %s: match: got %v, want %v", c.windows, c.now, got, c.match)
		}
		if got, want := until, local(t, loc, c.want); !got.Equal(want) {
			t.Errorf("%s at %s: edge: got %s, want %s", c.windows, c.now, got, want)
		}
	}
	if in, until := rules.MatchWindows(nil, loc, time.Unix(0, 0)); in || !until.IsZero() {
		t.Error("no windows: got a match or an edge, want neither")
	}
}

func TestNever(t *testing.T) {
	for text, want := range map[string]bool{
		"always":                     false,
		"Fri":                        false,
		"2026-04-17..2026-04-17":     false,
		"Fri 2026-04-17..2026-04-17": false,
		"Fri 2026-04-18..2026-04-23": true,
		"Fri 2026-04-18..2026-04-23 2026-04-18..2026-04-24": false,
		"2026-04-18..2026-04-17":                            true,
		"2026-04-18..2026-04-17 2026-04-18..2026-04-18":     false,
		"Thu,Sat 2026-04-17..2026-04-17":                    true,
		"Mon 09:00-09:00":                                   false,
	} {
		if got := windows(t, text)[0].Never(); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	if (rules.Window{}).Never() {
		t.Error("the zero window: got never, want always")
	}
}
