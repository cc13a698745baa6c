package picture_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/rules"
)

// A team is a rule and what it did, from which a strip is made as the command
// makes it.
type team struct {
	name   string
	zone   string   // default UTC
	forbid string   // "Thu,Fri 22:00-06:00; 2026-12-24..2026-12-31; always"
	since  string   // 2024-03-01
	except string   // dates that are excepted: 2026-03-13..2026-03-13
	known  string   // complete from this date; "": nothing is known
	now    string   // 2026-03-13 10:00
	broken []string // the minutes of deployments that take five of them
	years  [2]int
}

func (m team) strip(tb testing.TB) picture.Strip {
	tb.Helper()
	loc := location(tb, m.zone)
	rule := rules.Rule{Name: m.name, Forbid: windows(tb, m.forbid)}
	if m.since != "" {
		rule.Since = date(tb, m.since)
	}
	if m.except != "" {
		rule.Except = []rules.Exception{{Dates: dates(tb, m.except), Reason: "agreed"}}
	}
	now := local(tb, loc, m.now)
	environments := []rules.Environment{{ID: "1", Name: "Production", Project: "shop"}}
	for i, at := range m.broken {
		start := local(tb, loc, at)
		environments[0].Deployments = append(environments[0].Deployments, rules.Deployment{
			ID: fmt.Sprint(i + 1), Project: "shop", EnvironmentID: "1", Environment: "Production",
			Executed: start, Finished: start.Add(5 * time.Minute), State: rules.StateSuccess, LifeCycle: rules.LifeCycleFinished,
		})
	}
	if m.known != "" {
		environments[0].CompleteFrom = local(tb, loc, m.known+" 00:00")
	}
	compiled := rules.Compile(rule, loc)
	breaches := compiled.Breaches(environments, now)
	s := picture.Strip{Rule: m.name, Sentence: sentence(compiled.Streak(environments, breaches, now)), Zone: loc, First: m.years[0], Last: m.years[1]}
	from, to := s.Range()
	s.Occurrences = compiled.Occurrences(environments, breaches, from, to, now)
	return s
}

func sentence(s rules.Streak) string {
	if !s.Known {
		return "unknown"
	}
	return fmt.Sprintf("%d weeks since %s", s.Weeks, s.Since.Format("Monday 2 January 2006, 15:04 MST"))
}

func location(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

func local(tb testing.TB, loc *time.Location, text string) time.Time {
	tb.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

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
	first, last, _ := strings.Cut(text, "..")
	return []rules.DateRange{{First: date(tb, first), Last: date(tb, last)}}
}

// windows reads what the tests of rules read.
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
				var h, m, h2, m2 int
				if _, err := fmt.Sscanf(word, "%d:%d-%d:%d", &h, &m, &h2, &m2); err != nil {
					tb.Fatalf("clock %q: %v", word, err)
				}
				w.From, w.To = int(h*60+m), int(h2*60+m2)
			default:
				w.Weekdays = weekdays(tb, word)
			}
		}
		list = append(list, w)
	}
	return list
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

func svg(tb testing.TB, s picture.Strip) []byte {
	tb.Helper()
	b, err := s.SVG()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
