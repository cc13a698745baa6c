package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/rules"
)

// maxItems bounds the items of a list.
const maxItems = 10

// more says how many items there are of a list beyond those that are shown of n.
func more(n, total int, noun string) string {
	if n <= maxItems {
		return ""
	}
	return fmt.Sprintf("  … and %d %s\n", total-maxItems, noun)
}

// Text returns the explanation in some paragraphs.
func (e *Explanation) Text() string { return text("explanation", 0, e) }

// Day says an instant. A window without an end lasts for ever.
func (e *Explanation) Day(t time.Time) string {
	if t.IsZero() {
		return "for ever"
	}
	return Day(t.In(e.At.Location()))
}

// Short says an instant in fewer letters.
func (e *Explanation) Short(t time.Time) string {
	return t.In(e.At.Location()).Format("Mon 2 Jan 2006, 15:04")
}

// Date says a date of a deployment in the zone of the policy and in UTC, or nothing.
func (e *Explanation) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	local := t.In(e.At.Location()).Format("Mon 2 Jan 2006, 15:04:05 MST")
	if strings.HasSuffix(local, " UTC") {
		return local
	}
	return local + t.UTC().Format(" (Mon 15:04:05 UTC)")
}

// Place says where counter.cue has something, if that is known.
func (e *Explanation) Place(at rules.Position) string {
	if at.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", e.file(at.File), at.Line)
}

// Dates returns the dates of an except for the deployment that decides, as counter.cue has them.
func (e *Explanation) Dates(d rules.Deployment) string {
	last := e.Match.Day.String()
	if first := rules.DateOf(d.Start().In(e.At.Location())).String(); first < last {
		return fmt.Sprintf("first: %q, last: %q", first, last)
	}
	return fmt.Sprintf("first: %q", last)
}

// SeveralSources reports whether another source may have a deployment of the same id.
func (e *Explanation) SeveralSources() bool {
	return slices.ContainsFunc(e.Environments, func(other rules.Environment) bool { return other.Source != e.Environments[0].Source })
}

// NotCounted returns what was in a window and does not count, what is out of scope last. It leaves
// out what has not happened yet.
func (e *Explanation) NotCounted() []rules.Exclusion {
	var list, outside []rules.Exclusion
	for _, x := range e.Excluded {
		switch x.Reason {
		case rules.ReasonNotYet:
		case rules.ReasonOutOfScope:
			outside = append(outside, x)
		default:
			list = append(list, x)
		}
	}
	return append(list, outside...)
}

// Uncounted returns how many there are of [Explanation.NotCounted], listed or not.
func (e *Explanation) Uncounted() int {
	total := -e.ExcludedCount[rules.ReasonNotYet]
	for _, n := range e.ExcludedCount {
		total += n
	}
	return total
}

// Duration says a duration in one unit, of which there are at least two. Negative ones are 0 seconds.
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
