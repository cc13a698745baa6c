package report

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

func TestPlural(t *testing.T) {
	for _, c := range []struct {
		n          int
		noun, want string
	}{{0, "day", "0 days"}, {1, "deployment", "1 deployment"}, {1, "breach", "1 breach"}, {2, "breach", "2 breaches"}, {3, "process", "3 processes"}} {
		if got := Plural(c.n, c.noun); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	date := func(month time.Month, day int) rules.Date { return rules.Date{Year: 2026, Month: month, Day: day} }
	for _, c := range []struct {
		window rules.Window
		want   string
	}{
		{rules.Window{}, "always"},
		{rules.Window{Weekdays: []time.Weekday{time.Sunday, time.Friday}, To: 24 * 60}, "Friday, Sunday"},
		{rules.Window{Weekdays: []time.Weekday{time.Friday}, From: 14 * 60, To: 24 * 60}, "Friday from 14:00"},
		{rules.Window{To: 9 * 60}, "until 09:00"},
		{rules.Window{From: 22*60 + 30, To: 6 * 60}, "22:30-06:00"},
		{rules.Window{Dates: []rules.DateRange{{First: date(12, 20), Last: date(12, 31)}, {First: date(12, 6), Last: date(12, 6)}}}, "2026-12-20 to 2026-12-31, 2026-12-06"},
	} {
		if got := Windows([]rules.Window{c.window}); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.window, got, c.want)
		}
	}
	// Two windows are told from one that has the days of both.
	friday, saturday := []time.Weekday{time.Friday}, []time.Weekday{time.Saturday}
	two := Windows([]rules.Window{{Weekdays: friday}, {Weekdays: saturday, From: 12 * 60, To: 24 * 60}})
	if want := "Friday; Saturday from 12:00"; two != want {
		t.Errorf("got %s, want %s", two, want)
	}
}

func TestWeeks(t *testing.T) {
	for _, c := range []struct {
		streak rules.Streak
		want   string
	}{
		{rules.Streak{}, "unknown"},
		{rules.Streak{Known: true, Weeks: 7}, "7 weeks"},
		{rules.Streak{Known: true, Weeks: 1, AtLeast: true}, "at least 1 week"},
	} {
		if got := Weeks(c.streak); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0 seconds", 49 * time.Hour: "2 days", 47 * time.Hour: "47 hours", 90 * time.Minute: "90 minutes", 119 * time.Second: "119 seconds", time.Second: "1 second",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestShellWords(t *testing.T) {
	for word, want := range map[string]string{
		"/srv/wall/counter.cue": "/srv/wall/counter.cue", "the wall": "'the wall'", "it's": `'it'\''s'`, "-wall": "'./-wall'", "a-b": "a-b", "$x": "'$x'",
	} {
		if got := Shell(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
}

func TestBare(t *testing.T) {
	for _, c := range []struct {
		policy, known, stale bool
		want                 string
	}{
		{true, true, false, "42"},
		{true, true, true, "42?"},
		{true, false, true, "--"},
		{false, true, false, "--"},
	} {
		status := engine.Status{Stale: c.stale, Verdict: engine.Verdict{Lead: rules.Streak{Weeks: 42, Known: c.known}}}
		if c.policy {
			status.Policy = &engine.Policy{}
		}
		if got := Bare(&status); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}
