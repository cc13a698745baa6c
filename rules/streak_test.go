package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// A run is a deployment in one line: "7 2026-03-12 23:50 / 2026-03-13 00:10".
// One date is a deployment that still runs.
func run(tb testing.TB, loc *time.Location, text string) rules.Deployment {
	tb.Helper()
	id, span, _ := strings.Cut(text, " ")
	from, to, ended := strings.Cut(span, " / ")
	d := deployment(id, local(tb, loc, from), local(tb, loc, to))
	if !ended {
		d.State, d.LifeCycle = rules.StateUnknown, rules.LifeCycleInProgress
	}
	return d
}

func TestStreak(t *testing.T) {
	for _, c := range []struct {
		name   string
		zone   string // default America/Los_Angeles
		forbid string // default Fri
		count  rules.Count
		since  string
		runs   []string
		known  string // complete from; default 2020-01-01
		now    string
		want   string
	}{
		{
			name: "a quiet friday does not break it",
			runs: []string{"7 2026-03-06 10:00 / 2026-03-06 10:05", "8 2026-03-12 10:00 / 2026-03-12 10:05"},
			now:  "2026-03-20 10:05",
			want: "2w 14d since 2026-03-06 10:05:00 PST by 7",
		},
		{
			name: "thursday to saturday, across the whole friday",
			runs: []string{"7 2026-04-16 22:00 / 2026-04-18 09:00"},
			now:  "2026-04-25 00:00",
			want: "1w 7d since 2026-04-18 00:00:00 PDT by 7",
		},
		{
			name: "a minute before, the week is not over",
			runs: []string{"7 2026-04-16 22:00 / 2026-04-18 09:00"},
			now:  "2026-04-24 23:59",
			want: "0w 6d since 2026-04-18 00:00:00 PDT by 7",
		},
		{
			name:  "by midnights, the window's end belongs to the friday before it",
			count: rules.CountMidnight,
			runs:  []string{"7 2026-04-16 22:00 / 2026-04-18 09:00"},
			now:   "2026-04-24 00:00",
			want:  "1w 7d since 2026-04-18 00:00:00 PDT by 7",
		},
		{
			name:  "also when the deployment ended with it",
			count: rules.CountMidnight,
			runs:  []string{"7 2026-04-17 22:00 / 2026-04-18 00:00"},
			now:   "2026-04-24 00:00",
			want:  "1w 7d since 2026-04-18 00:00:00 PDT by 7",
		},
		{
			name: "a breach that ended with the window of the day before since is before it", since: "2026-04-18",
			runs: []string{"7 2026-04-17 22:00 / 2026-04-18 00:00"},
			now:  "2026-04-25 00:00",
			want: "1w 7d since 2026-04-18 00:00:00 PDT",
		},
		{
			name: "one in the first instant of since counts", since: "2026-04-17",
			runs: []string{"7 2026-04-16 22:00 / 2026-04-17 00:00"},
			now:  "2026-04-25 00:00",
			want: "1w 8d since 2026-04-17 00:00:00 PDT by 7",
		},
		{
			name: "a minute of since's date, then the day before again: a breach on that is before since",
			zone: "America/St_Johns", since: "2008-11-02", forbid: "always",
			runs: []string{"7 2008-11-01 23:45 -0330 / 2008-11-01 23:46 -0330"},
			now:  "2008-11-03 00:00", known: "2008-01-01",
			want: "0w 1d since 2008-11-02 00:00:00 NDT",
		},
		{
			name: "midnights are not taken back with the clock", zone: "America/St_Johns", count: rules.CountMidnight,
			runs: []string{"7 2008-10-31 10:00 / 2008-10-31 10:05"},
			now:  "2008-11-01 23:45 -0330", known: "2008-01-01",
			want: "0w 2d since 2008-10-31 10:05:00 NDT by 7",
		},
		{
			name: "and those of a breach between are counted from it", zone: "America/St_Johns", count: rules.CountMidnight, forbid: "always",
			runs: []string{"7 2008-11-01 23:10 -0330 / 2008-11-01 23:15 -0330"},
			now:  "2008-11-01 23:45 -0330", known: "2008-01-01",
			want: "0w 0d since 2008-11-01 23:15:00 NST by 7",
		},
		{
			name: "friday in UTC is thursday here",
			runs: []string{"7 2026-03-13 02:00 +0000 / 2026-03-13 02:05 +0000"},
			now:  "2026-03-20 10:00",
			want: "at least 324w 2270d since 2020-01-01 00:00:00 PST",
		},
		{
			name: "touching the start breaks it",
			runs: []string{"7 2026-04-16 23:00 / 2026-04-17 00:00"},
			now:  "2026-04-17 01:00",
			want: "0w 0d since 2026-04-17 00:00:00 PDT by 7",
		},
		{
			name: "the last nanosecond breaks it, the end does not",
			runs: []string{"7 2026-04-18 00:00 / 2026-04-18 00:10", "6 2026-04-10 23:59:59 / 2026-04-10 23:59:59"},
			now:  "2026-04-18 00:10",
			want: "1w 7d since 2026-04-10 23:59:59 PDT by 6",
		},
		{
			name: "a week with the spring change has 167 hours",
			runs: []string{"7 2026-03-06 10:00 / 2026-03-06 10:00"},
			now:  "2026-03-13 10:00",
			want: "1w 7d since 2026-03-06 10:00:00 PST by 7",
		},
		{
			name: "a week with the autumn change has 169 hours, and 168 are not enough",
			runs: []string{"7 2026-10-30 10:00 / 2026-10-30 10:00"},
			now:  "2026-11-06 09:00",
			want: "0w 6d since 2026-10-30 10:00:00 PDT by 7",
		},
		{
			name: "a tick in a skipped hour comes at its end",
			runs: []string{"7 2026-03-01 02:30:20 / 2026-03-01 02:30:20"}, forbid: "always",
			now:  "2026-03-08 03:00:00",
			want: "1w 7d since 2026-03-01 02:30:20 PST by 7",
		},
		{
			name: "a tick in a doubled hour comes the first time",
			runs: []string{"7 2026-10-25 01:30 / 2026-10-25 01:30"}, forbid: "always",
			now:  "2026-11-01 01:30 -0700",
			want: "1w 7d since 2026-10-25 01:30:00 PDT by 7",
		},
		{
			name: "and is not taken back the second time",
			runs: []string{"7 2026-10-25 01:30 / 2026-10-25 01:30"}, forbid: "always",
			now:  "2026-11-01 01:00 -0800",
			want: "1w 7d since 2026-10-25 01:30:00 PDT by 7",
		},
		{
			name: "a breach in the second 01:30 has not gone on at the first",
			runs: []string{"7 2026-11-01 01:30 -0800 / 2026-11-01 01:30 -0800"}, forbid: "always",
			now:  "2026-11-02 01:29:59",
			want: "0w 0d since 2026-11-01 01:30:00 PST by 7",
		},
		{
			name: "seconds count", forbid: "always",
			runs: []string{"7 2026-04-17 10:00:30 / 2026-04-17 10:00:30"},
			now:  "2026-04-24 10:00:29",
			want: "0w 6d since 2026-04-17 10:00:30 PDT by 7",
		},
		{
			name: "nanoseconds count", forbid: "always",
			runs: []string{"7 2026-04-17 10:00:30.000000002 / 2026-04-17 10:00:30.000000002"},
			now:  "2026-04-24 10:00:30.000000001",
			want: "0w 6d since 2026-04-17 10:00:30 PDT by 7",
		},
		{
			name: "and are enough", forbid: "always",
			runs: []string{"7 2026-04-17 10:00:30.000000002 / 2026-04-17 10:00:30.000000002"},
			now:  "2026-04-24 10:00:30.000000002",
			want: "1w 7d since 2026-04-17 10:00:30 PDT by 7",
		},
		{
			name: "the reading at which the clock was put back has not been reached", forbid: "always",
			runs: []string{"7 2026-10-25 02:00 / 2026-10-25 02:00"},
			now:  "2026-11-01 01:59:59 -0800",
			want: "0w 6d since 2026-10-25 02:00:00 PDT by 7",
		},
		{
			name: "Samoa had no friday 2011-12-30",
			zone: "Pacific/Apia",
			runs: []string{"7 2011-12-29 12:00 / 2011-12-31 12:00"},
			now:  "2012-01-02 12:00",
			want: "at least 0w 0d since 2012-01-02 12:00:00 +14", known: "2012-01-02 12:00",
		},
		{
			name: "but what runs past midnight from that friday reaches saturday",
			zone: "Pacific/Apia", forbid: "Fri 22:00-06:00",
			runs: []string{"7 2011-12-31 05:00 / 2011-12-31 07:00"},
			now:  "2012-01-07 06:00", known: "2011-01-01",
			want: "1w 7d since 2011-12-31 06:00:00 +14 by 7",
		},
		{
			name: "since a date without midnight begins at its first instant",
			zone: "America/Sao_Paulo", since: "2018-11-04",
			now: "2018-11-11 01:00", known: "2018-01-01",
			want: "1w 7d since 2018-11-04 01:00:00 -02",
		},
		{
			name: "since a skipped date begins with the next",
			zone: "Pacific/Apia", since: "2011-12-30",
			now:  "2011-12-31 00:00",
			want: "0w 0d since 2011-12-31 00:00:00 +14", known: "2011-01-01",
		},
		{
			name: "since ignores what was before",
			runs: []string{"7 2026-04-17 10:00 / 2026-04-17 10:05"}, since: "2026-04-18",
			now:  "2026-05-02 00:00",
			want: "2w 14d since 2026-04-18 00:00:00 PDT",
		},
		{
			name: "since in the future", since: "2027-01-01",
			now:  "2026-05-02 00:00",
			want: "not in force",
		},
		{
			name: "since and what is known at the same instant is not at least",
			now:  "2026-05-02 00:00", since: "2026-04-18", known: "2026-04-18 00:00",
			want: "2w 14d since 2026-04-18 00:00:00 PDT",
		},
		{
			name: "known from later than the breach",
			runs: []string{"7 2026-04-17 10:00 / 2026-04-17 10:05"}, known: "2026-04-20 00:00",
			now:  "2026-05-04 00:00",
			want: "at least 2w 14d since 2026-04-20 00:00:00 PDT",
		},
		{
			name: "a running breach is 0, even after its window",
			runs: []string{"7 2026-04-17 10:00"},
			now:  "2026-05-05 10:00",
			want: "0w 0d since 2026-05-02 00:00:00 PDT by 7, running",
		},
		{
			name: "while the window lasts it goes on breaking the rule",
			runs: []string{"7 2026-04-16 10:00", "6 2026-04-17 00:30 / 2026-04-17 00:31"},
			now:  "2026-04-17 10:00",
			want: "0w 0d since 2026-04-17 10:00:00 PDT by 7, running",
		},
		{
			name:  "a running breach is 0, although the facts begin after its window",
			runs:  []string{"7 2026-04-30 22:00"},
			known: "2026-05-03 00:00",
			now:   "2026-05-05 10:00",
			want:  "0w 0d since 2026-05-02 00:00:00 PDT by 7, running",
		},
		{
			name: "running without a window is not a breach",
			runs: []string{"7 2026-04-20 10:00", "6 2026-04-17 00:30 / 2026-04-17 00:30"},
			now:  "2026-04-20 11:00",
			want: "0w 3d since 2026-04-17 00:30:00 PDT by 6",
		},
		{
			name: "of two at the same instant the one that runs decides",
			runs: []string{"1 2026-04-17 10:00 / 2026-04-18 10:00", "2 2026-04-17 10:00"},
			now:  "2026-04-20 11:00",
			want: "0w 0d since 2026-04-18 00:00:00 PDT by 2, running",
		},
		{
			name: "of two that ended at the same instant the smaller id is named",
			runs: []string{"2 2026-04-17 10:00 / 2026-04-18 10:00", "1 2026-04-17 10:00 / 2026-04-18 10:00", "3 2026-04-17 10:00 / 2026-04-18 10:00"},
			now:  "2026-04-20 11:00",
			want: "0w 2d since 2026-04-18 00:00:00 PDT by 1",
		},
		{
			name: "reversed ends are swapped",
			runs: []string{"7 2026-04-18 09:00 / 2026-04-16 22:00"},
			now:  "2026-04-25 00:00",
			want: "1w 7d since 2026-04-18 00:00:00 PDT by 7",
		},
		{
			name: "survived counts windows that passed whole", count: rules.CountSurvived,
			runs: []string{"7 2026-04-17 10:00 / 2026-04-17 10:05"},
			now:  "2026-05-02 00:00",
			want: "2w 14d since 2026-04-17 10:05:00 PDT by 7",
		},
		{
			name: "but not one that has not ended", count: rules.CountSurvived,
			runs: []string{"7 2026-04-17 10:00 / 2026-04-17 10:05"},
			now:  "2026-05-01 23:59:59",
			want: "1w 14d since 2026-04-17 10:05:00 PDT by 7",
		},
		{
			name: "thursday and friday are one a week", count: rules.CountSurvived, forbid: "Thu,Fri",
			runs: []string{"7 2026-04-17 10:00 / 2026-04-17 10:05"},
			now:  "2026-05-02 00:00",
			want: "2w 14d since 2026-04-17 10:05:00 PDT by 7",
		},
		{
			name: "thursday and friday evenings are two", count: rules.CountSurvived, forbid: "Thu,Fri 18:00-24:00",
			runs: []string{"7 2026-04-17 20:00 / 2026-04-17 20:05"},
			now:  "2026-05-02 00:00",
			want: "4w 14d since 2026-04-17 20:05:00 PDT by 7",
		},
		{
			name: "a doubled hour with a gap is one", count: rules.CountSurvived, forbid: "Sun 01:15-01:45",
			runs: []string{"7 2026-10-25 01:20 / 2026-10-25 01:20"},
			now:  "2026-11-01 01:45 -0800",
			want: "1w 7d since 2026-10-25 01:20:00 PDT by 7",
		},
		{
			name: "and has not ended in the gap", count: rules.CountSurvived, forbid: "Sun 01:15-01:45",
			runs: []string{"7 2026-10-25 01:20 / 2026-10-25 01:20"},
			now:  "2026-11-01 01:50 -0700",
			want: "0w 7d since 2026-10-25 01:20:00 PDT by 7",
		},
		{
			name: "a window of skipped readings does not exist", count: rules.CountSurvived, forbid: "Sun 02:15-02:45",
			since: "2026-03-02", known: "2026-03-02 00:00",
			now:  "2026-03-16 00:00",
			want: "1w 14d since 2026-03-02 00:00:00 PST",
		},
		{
			name: "always has no window that could pass", count: rules.CountSurvived, forbid: "always",
			now:  "2026-05-01 00:00",
			want: "at least 0w 2312d since 2020-01-01 00:00:00 PST",
		},
		{
			name: "a window that begins when the streak does is not after it", count: rules.CountSurvived,
			known: "2026-04-17 00:00",
			now:   "2026-04-30 00:00",
			want:  "at least 1w 13d since 2026-04-17 00:00:00 PDT",
		}, {
			name: "noon to noon, by two windows that touch", count: rules.CountSurvived, forbid: "Thu 12:00-24:00; Fri 00:00-12:00",
			known: "2026-04-15 00:00",
			now:   "2026-04-17 12:00",
			want:  "at least 1w 2d since 2026-04-15 00:00:00 PDT",
		}, {
			name: "the first of the two is no window by itself", count: rules.CountSurvived, forbid: "Thu 12:00-24:00; Fri 00:00-12:00",
			known: "2026-04-15 00:00",
			now:   "2026-04-17 00:00",
			want:  "at least 0w 2d since 2026-04-15 00:00:00 PDT",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			loc := location(t, or(c.zone, "America/Los_Angeles"))
			rule := rules.Rule{Name: "rule", Forbid: windows(t, or(c.forbid, "Fri")), Count: c.count}
			if c.since != "" {
				rule.Since = date(t, c.since)
			}
			e := rules.Environment{ID: "1", Name: "Production", CompleteFrom: known(t, loc, c.known), Deployments: deploymentsOf(t, loc, c.runs...)}
			compiled := rules.Compile(rule, loc)
			for range 2 { // the order of the facts does not matter, nor do doubles
				got := show(streak(compiled, []rules.Environment{e}, local(t, loc, c.now)))
				if got != c.want {
					t.Errorf("\ngot  %s\nwant %s", got, c.want)
				}
				slices.Reverse(e.Deployments)
				e.Deployments = append(e.Deployments, e.Deployments...)
			}
		})
	}
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func known(tb testing.TB, loc *time.Location, text string) time.Time {
	if len(text) == len(time.DateOnly) {
		text += " 00:00"
	}
	return local(tb, loc, or(text, "2020-01-01 00:00"))
}

func TestStreakCoverage(t *testing.T) {
	loc := location(t, "UTC")
	at := func(text string) time.Time { return local(t, loc, text+" 00:00") }
	env := func(name, from string, exhausted bool) rules.Environment {
		e := rules.Environment{ID: name, Name: name, Project: "Shop", Exhausted: exhausted}
		if from != "" {
			e.CompleteFrom = at(from)
		}
		return e
	}
	for _, c := range []struct {
		name    string
		envs    []rules.Environment
		want    string
		missing string
		noScope bool
	}{
		{name: "the latest horizon decides", envs: []rules.Environment{env("a", "2026-01-01", false), env("b", "2026-02-01", true)}, want: "at least 4w 28d since 2026-02-01 00:00:00 UTC"},
		{name: "an empty list limits nothing", envs: []rules.Environment{env("a", "2026-02-01", false), env("b", "", true)}, want: "at least 4w 28d since 2026-02-01 00:00:00 UTC"},
		{name: "a list that begins after now was empty", envs: []rules.Environment{env("a", "2026-02-01", false), env("b", "2026-03-02", true)}, want: "at least 4w 28d since 2026-02-01 00:00:00 UTC"},
		{name: "all lists empty", envs: []rules.Environment{env("a", "", true), env("b", "2026-03-02", true)}, want: "unknown"},
		{name: "one not known", envs: []rules.Environment{env("a", "2026-02-01", false), env("b", "", false), env("c", "2026-03-02", false)}, want: "unknown", missing: "b c"},
		{name: "one not known, out of scope", envs: []rules.Environment{env("a", "2026-02-01", false), env("z", "", false)}, want: "at least 4w 28d since 2026-02-01 00:00:00 UTC"},
		{name: "nothing in scope", envs: []rules.Environment{env("z", "2026-02-01", false)}, want: "unknown", noScope: true},
		{name: "no environment", want: "unknown", noScope: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			compiled := rules.Compile(rules.Rule{Forbid: windows(t, "Fri"), Environments: []rules.Pattern{pattern(t, "/^[abc]$/")}}, loc)
			got := streak(compiled, c.envs, at("2026-03-01"))
			var missing []string
			for _, e := range got.Missing {
				missing = append(missing, e.Name)
			}
			if show(got) != c.want || strings.Join(missing, " ") != c.missing || got.NoScope != c.noScope {
				t.Errorf("got %s, missing %q, no scope %v; want %s, missing %q, no scope %v", show(got), missing, got.NoScope, c.want, c.missing, c.noScope)
			}
			if !got.Known && (got.Weeks != 0 || got.Days != 0 || !got.Since.IsZero() || got.Breach != nil || got.AtLeast) {
				t.Errorf("unknown: got %+v, want nothing else", got)
			}
		})
	}
}

// Where no environment limits a streak, its breach decides, else the first reading.
func TestStreakOfNewEnvironments(t *testing.T) {
	at := func(text string) time.Time { return local(t, time.UTC, text+" 00:00") }
	const friday, thursday, later = "7 2026-02-06 10:00 / 2026-02-06 10:05", "8 2026-02-05 10:00 / 2026-02-05 10:05", "9 2026-03-05 10:00 / 2026-03-05 10:05"
	env := func(read string, runs ...string) rules.Environment {
		e := rules.Environment{ID: read, Exhausted: true, Deployments: deploymentsOf(t, time.UTC, runs...)}
		if read != "" {
			e.FirstRead = at(read)
		}
		return e
	}
	for _, c := range []struct {
		name, since string
		envs        []rules.Environment
		want        string
		limits      int // of them
		from        string
	}{
		{name: "the first reading", envs: []rules.Environment{env("2026-02-01", thursday)}, want: "at least 4w 28d since 2026-02-01 00:00:00 UTC", limits: 1, from: "2026-02-01"},
		{name: "the latest of them", envs: []rules.Environment{env("2026-02-01", thursday), env("2026-02-15")}, want: "at least 2w 14d since 2026-02-15 00:00:00 UTC", limits: 1, from: "2026-02-15"},
		{name: "one that a clock put ahead", envs: []rules.Environment{env("2026-05-01", thursday)}, want: "at least 0w 0d since 2026-03-01 00:00:00 UTC", limits: 1, from: "2026-03-01"},
		{name: "never read whole", envs: []rules.Environment{env("", thursday)}, want: "unknown"},
		{name: "all empty", envs: []rules.Environment{env("2026-02-01")}, want: "unknown"},
		{name: "all empty as of now", envs: []rules.Environment{env("2026-02-01", later)}, want: "unknown"},
		{name: "all empty, with a since", since: "2026-02-10", envs: []rules.Environment{env("2026-02-01")}, want: "unknown"},
		{name: "since is later", since: "2026-02-10", envs: []rules.Environment{env("2026-02-01", thursday)}, want: "2w 19d since 2026-02-10 00:00:00 UTC", from: "2026-02-10"},
		{name: "since is earlier", since: "2026-01-10", envs: []rules.Environment{env("2026-02-01", thursday)}, want: "at least 4w 28d since 2026-02-01 00:00:00 UTC", limits: 1, from: "2026-02-01"},
		{name: "a breach decides", envs: []rules.Environment{env("2026-02-20", friday)}, want: "3w 22d since 2026-02-06 10:05:00 UTC by 7", from: "2026-02-06"},
		{name: "a breach after the first reading", envs: []rules.Environment{env("2026-02-01", friday)}, want: "3w 22d since 2026-02-06 10:05:00 UTC by 7", from: "2026-02-01"},
		{name: "a breach before since is none", since: "2026-02-07", envs: []rules.Environment{env("2026-02-20", friday)}, want: "at least 1w 9d since 2026-02-20 00:00:00 UTC", limits: 1, from: "2026-02-20"},
		{name: "beside one that limits", envs: []rules.Environment{env("2026-02-20", thursday), {ID: "old", CompleteFrom: at("2026-02-08")}}, want: "at least 3w 21d since 2026-02-08 00:00:00 UTC", limits: 1, from: "2026-02-08"},
		{name: "beside one that is not known", envs: []rules.Environment{env("2026-02-20", friday), {ID: "old"}}, want: "unknown"},
		{name: "that will be known", envs: []rules.Environment{env("2026-02-20", friday), {ID: "old", CompleteFrom: at("2026-03-02")}}, want: "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule := rules.Rule{Forbid: windows(t, "Fri")}
			if c.since != "" {
				rule.Since = date(t, c.since)
			}
			compiled, now := rules.Compile(rule, time.UTC), at("2026-03-01")
			if got := show(streak(compiled, c.envs, now)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := len(compiled.Explain(c.envs, now).Limits); got != c.limits {
				t.Errorf("limits: got %d, want %d", got, c.limits)
			}
			from := ""
			if h := history(compiled, c.envs, now); h.Known {
				from = h.From.Format(time.DateOnly)
			}
			if from != c.from {
				t.Errorf("history from: got %q, want %q", from, c.from)
			}
		})
	}
}

// A running breach decides always, also where an exception excuses it later on.
func TestRunningBreachDecides(t *testing.T) {
	rule := rules.Rule{Forbid: windows(t, "Fri"), Except: []rules.Exception{{ID: ptr(pattern(t, "7")), Dates: dates(t, "2026-03-13..2026-03-31")}}}
	list := deploymentsOf(t, time.UTC, "7 2026-03-06 10:00", "8 2026-03-13 10:00 / 2026-03-13 10:05")
	compiled, now := rules.Compile(rule, time.UTC), local(t, time.UTC, "2026-03-28 00:00")
	if got, want := show(streak(compiled, production(t, "2026-01-01", list...), now)), "0w 0d since 2026-03-07 00:00:00 UTC by 7, running"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	list[0].State, list[0].LifeCycle, list[0].Finished = rules.StateSuccess, rules.LifeCycleFinished, now
	if got, want := show(streak(compiled, production(t, "2026-01-01", list...), now)), "2w 14d since 2026-03-13 10:05:00 UTC by 8"; got != want {
		t.Errorf("ended: got %s, want %s", got, want)
	}
}

// What changes in the facts changes the number, as of each instant.
func TestStreakAsOf(t *testing.T) {
	const ended = "7 2026-03-13 10:00 / 2026-03-13 10:07"
	for _, c := range []struct{ run, now, want string }{
		{ended, "2026-03-13 09:59", "at least 10w 71d since 2026-01-01 00:00:00 UTC"},
		{ended, "2026-03-13 10:00", "0w 0d since 2026-03-13 10:00:00 UTC by 7, running"},
		{ended, "2026-03-13 10:06", "0w 0d since 2026-03-13 10:06:00 UTC by 7, running"},
		{ended, "2026-03-13 10:07", "0w 0d since 2026-03-13 10:07:00 UTC by 7"},
		{ended, "2026-03-20 10:08", "1w 7d since 2026-03-13 10:07:00 UTC by 7"},
		{"7 2026-03-12 23:00", "2026-03-12 23:01", "at least 10w 70d since 2026-01-01 00:00:00 UTC"},
		{"7 2026-03-12 23:00", "2026-03-13 00:00", "0w 0d since 2026-03-13 00:00:00 UTC by 7, running"},
		{"7 2026-03-12 23:00", "2026-03-14 01:00", "0w 0d since 2026-03-14 00:00:00 UTC by 7, running"},
	} {
		if got := show(streak(fridays(), production(t, "2026-01-01", run(t, time.UTC, c.run)), local(t, time.UTC, c.now))); got != c.want {
			t.Errorf("%s at %s: got %s, want %s", c.run, c.now, got, c.want)
		}
	}
}

func TestLead(t *testing.T) {
	since := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	running := &rules.Breach{Running: true}
	a := rules.Streak{Rule: "a", InForce: true, Known: true, Since: since(1)}
	b := rules.Streak{Rule: "b", InForce: true, Known: true, Since: since(9), Breach: &rules.Breach{}}
	c := rules.Streak{Rule: "c", InForce: true, Known: true, Since: since(9)}
	r := rules.Streak{Rule: "r", InForce: true, Known: true, Since: since(5), Breach: running}
	u, v := rules.Streak{Rule: "u", InForce: true}, rules.Streak{Rule: "v", InForce: true}
	n, m := rules.Streak{Rule: "n"}, rules.Streak{Rule: "m"}
	for _, test := range []struct {
		name    string
		streaks []rules.Streak
		want    string
	}{
		{"one", []rules.Streak{a}, "a"},
		{"the one that began latest", []rules.Streak{a, c}, "c"},
		{"ties by name", []rules.Streak{c, a, b}, "b"},
		{"a running breach before a later beginning", []rules.Streak{b, r, a}, "r"},
		{"an unknown one before all", []rules.Streak{b, r, v, u}, "u"},
		{"one that is not in force after all", []rules.Streak{m, a, n}, "a"},
		{"none in force, by name", []rules.Streak{n, m}, "m"},
	} {
		if got, ok := rules.Lead(test.streaks); !ok || got.Rule != test.want {
			t.Errorf("%s: got %q, %v; want %q", test.name, got.Rule, ok, test.want)
		}
	}
	if got, ok := rules.Lead(nil); ok {
		t.Errorf("no streaks: got %+v, want none", got)
	}
}
