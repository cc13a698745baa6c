package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/fridaycounter/fridaycounter/rules"
)

// location returns an IANA zone.
func location(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

// local reads a time as a zone's wall clock shows it: 2026-03-13 10:00, or with
// an offset where the clock reads so twice: 2026-11-01 01:30 -0800. The empty
// text is the zero Time.
func local(tb testing.TB, loc *time.Location, text string) time.Time {
	tb.Helper()
	if text == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02 15:04 -0700", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.In(loc)
		}
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t
		}
	}
	tb.Fatalf("%q is not a time", text)
	return time.Time{}
}

// date reads 2026-12-24.
func date(tb testing.TB, text string) rules.Date {
	tb.Helper()
	d, err := rules.ParseDate(text)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// dates reads 2026-12-24..2026-12-31.
func dates(tb testing.TB, text string) []rules.DateRange {
	tb.Helper()
	return []rules.DateRange{{First: date(tb, text[:10]), Last: date(tb, text[12:])}}
}

// pattern reads a text or a /regexp/.
func pattern(tb testing.TB, text string) rules.Pattern {
	tb.Helper()
	p, err := rules.ParsePattern(text)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func ptr[T any](v T) *T { return &v }

// deployment returns a successful one of Production.
func deployment(id string, executed, finished time.Time) rules.Deployment {
	return rules.Deployment{
		ID: id, ProjectID: "100", Project: "Shop", EnvironmentID: "1", Environment: "Production", Version: "release-" + id,
		Started: executed, Executed: executed, Finished: finished,
		State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
	}
}

// fridays is the rule of the shipped counter.cue, in UTC.
func fridays() *rules.Compiled {
	return rules.Compile(rules.Rule{Name: "no-friday-deploys", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Friday}}}}, time.UTC)
}

// production returns Production, known from a day in UTC.
func production(tb testing.TB, from string, deployments ...rules.Deployment) []rules.Environment {
	tb.Helper()
	return []rules.Environment{{ID: "1", Name: "Production", ProjectID: "100", Project: "Shop", CompleteFrom: local(tb, time.UTC, from+" 00:00"), Deployments: deployments}}
}

// deploymentsOf returns deployments written as run reads them.
func deploymentsOf(tb testing.TB, loc *time.Location, runs ...string) []rules.Deployment {
	tb.Helper()
	var list []rules.Deployment
	for _, text := range runs {
		list = append(list, run(tb, loc, text))
	}
	return list
}

// streak judges all of the environments.
func streak(c *rules.Compiled, environments []rules.Environment, now time.Time) rules.Streak {
	return c.Streak(environments, c.Breaches(environments, now), now)
}

// history is of all of the environments.
func history(c *rules.Compiled, environments []rules.Environment, now time.Time) rules.History {
	return c.History(environments, c.Breaches(environments, now), now)
}

// windows reads "Thu,Fri 22:00-06:00; 2026-12-24..2026-12-31; always".
func windows(tb testing.TB, text string) []rules.Window {
	tb.Helper()
	var list []rules.Window
	for _, item := range strings.Split(text, ";") {
		w := rules.Window{To: 24 * 60}
		for _, word := range strings.Fields(item) {
			switch {
			case word == "always":
			case strings.Contains(word, ".."):
				w.Dates = append(w.Dates, dates(tb, word)...)
			case strings.Contains(word, ":"):
				from, to, _ := strings.Cut(word, "-")
				w.From, w.To = clock(tb, from), clock(tb, to)
			default:
				w.Weekdays = weekdays(tb, word)
			}
		}
		list = append(list, w)
	}
	return list
}

func clock(tb testing.TB, text string) int {
	tb.Helper()
	var h, m int
	if _, err := fmt.Sscanf(text, "%d:%d", &h, &m); err != nil {
		tb.Fatalf("clock %q: %v", text, err)
	}
	return int(h*60 + m)
}

// weekdaySet returns the weekdays whose bits are set; of 0 nil, which is every weekday.
func weekdaySet(bits int) []time.Weekday {
	var set []time.Weekday
	for d := range 7 {
		if bits&(1<<d) != 0 {
			set = append(set, time.Weekday(d))
		}
	}
	return set
}

func weekdays(tb testing.TB, text string) []time.Weekday {
	tb.Helper()
	var set []time.Weekday
	for _, name := range strings.Split(text, ",") {
		i := slices.Index([]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}, name)
		if i < 0 {
			tb.Fatalf("%q is not a weekday", name)
		}
		set = append(set, time.Weekday(i))
	}
	return set
}

// show writes a streak in one line: 2w 17d since 2026-03-14 00:00:00 PDT by 7.
func show(s rules.Streak) string {
	switch {
	case !s.InForce:
		return "not in force"
	case !s.Known:
		return "unknown"
	}
	text := fmt.Sprintf("%dw %dd since %s", s.Weeks, s.Days, s.Since.Format("2006-01-02 15:04:05 MST"))
	if s.AtLeast {
		text = "at least " + text
	}
	if s.Breach != nil {
		text += " by " + s.Breach.Deployment.ID
		if s.Breach.Running {
			text += ", running"
		}
	}
	return text
}
