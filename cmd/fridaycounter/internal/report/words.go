package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Day returns an instant as a person says it: "Friday 17 April 2026, 15:04 CEST".
func Day(t time.Time) string { return t.Format("Monday 2 January 2006, 15:04 MST") }

// Plural returns a number and its noun: "1 breach", "2 breaches".
func Plural(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "s") || strings.HasSuffix(noun, "ch"):
		noun += "es"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// Windows returns windows as a person says them: "Thursday, Friday from 14:00".
func Windows(list []rules.Window) string { return strings.Join(each(list, window), "; ") }

func window(w rules.Window) string {
	var days []string
	for i := range 7 {
		if day := time.Weekday((i + 1) % 7); slices.Contains(w.Weekdays, day) { // a week begins on Monday
			days = append(days, day.String())
		}
	}
	dates := each(w.Dates, func(r rules.DateRange) string {
		if r.First == r.Last {
			return r.First.String()
		}
		return fmt.Sprintf("%s to %s", r.First, r.Last)
	})
	parts := []string{strings.Join(days, ", "), strings.Join(dates, ", "), clockTimes(w.From, w.To)}
	parts = slices.DeleteFunc(parts, func(text string) bool { return text == "" })
	return cmp.Or(strings.Join(parts, " "), "always")
}

// clockTimes returns from and to, in minutes since 00:00, as clock times: "from 14:00". For the
// whole day it returns "".
func clockTimes(from, to int) string {
	clock := func(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
	switch {
	case from == 0 && (to == 0 || to == 24*60):
		return ""
	case to == 24*60:
		return "from " + clock(from)
	case from == 0:
		return "until " + clock(to)
	}
	return clock(from) + "-" + clock(to)
}

// Subject names a deployment: "release-1075 of shop to Production".
func Subject(d rules.Deployment) string {
	name := cmp.Or(d.Version, "deployment "+d.ID)
	if d.Project != "" {
		name += " of " + d.Project
	}
	return name + " to " + d.Environment
}

// Environment names an environment: "shop/Production (id 1)".
func Environment(e *rules.Environment) string {
	return fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID)
}

// Sentence returns the number of a streak, and since when it counts.
func Sentence(s rules.Streak) string {
	switch {
	case !s.InForce:
		return "not in force yet"
	case !s.Known:
		return Weeks(s)
	}
	return fmt.Sprintf("%s since %s", Weeks(s), Day(s.Since))
}

// Weeks returns the number of a streak: "7 weeks", "at least 1 week", "unknown".
func Weeks(s rules.Streak) string {
	switch {
	case !s.Known:
		return number(s)
	case s.Weeks == 1:
		return number(s) + " week"
	}
	return number(s) + " weeks"
}

// Bare returns the number for displays that show a short text: "42", "42?" where it is stale, "--"
// where it is unknown.
func Bare(status *engine.Status) string {
	switch lead := status.Verdict.Lead; {
	case status.Policy == nil || !lead.Known:
		return "--"
	case status.Stale:
		return fmt.Sprintf("%d?", lead.Weeks)
	default:
		return fmt.Sprint(lead.Weeks)
	}
}

// number returns the number of a streak without its unit.
func number(s rules.Streak) string {
	if !s.Known {
		return "unknown"
	}
	return count(s.Weeks, s.AtLeast)
}

func count(weeks int, atLeast bool) string {
	if atLeast {
		return fmt.Sprintf("at least %d", weeks)
	}
	return fmt.Sprint(weeks)
}

// Installed says what init did in a directory.
func Installed(dir string, done schema.Installed) string {
	abs, err := filepath.Abs(dir)
	policy := ""
	for _, name := range []string{"counter.cue", "wall.cue"} {
		if slices.Contains(done.Wrote, filepath.Join(dir, name)) {
			policy = name
		}
	}
	return text("installed", 0, struct {
		schema.Installed
		Dir       string
		Elsewhere bool   // the module is that of a directory above
		Policy    string // that init wrote, since there was none
	}{done, dir, err == nil && done.Root != abs && done.Root != dir, policy})
}

var plainWord = regexp.MustCompile(`^[\w./:@%+=][\w./:@%+=-]*$`)

// Shell quotes a word for a shell, in a command that a person pastes. A path that begins with -
// gets ./ before it, so that it is not taken for a flag.
func Shell(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	if strings.HasPrefix(word, "-") {
		word = "./" + word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Duration returns a duration in the largest unit of which it has at least two, else in seconds:
// "47 hours", "2 days". A negative one is "0 seconds".
func Duration(d time.Duration) string {
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= 2*unit.d {
			return Plural(int(d/unit.d), unit.name)
		}
	}
	return Plural(max(0, int(d.Seconds())), "second")
}
