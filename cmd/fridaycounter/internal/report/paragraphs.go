package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// Text returns the explanation in some paragraphs.
func (e *Explanation) Text() string {
	p := paragraphs{Explanation: e}
	p.number()
	if e.RunnerUp != nil {
		p.line("\nThe breach before: %s on %s.", Subject(e.RunnerUp.Deployment), p.day(e.RunnerUp.At))
	}
	p.excluded()
	if n := e.Nearest; n != nil {
		p.line("\nThe closest since: %s, %s from a forbidden window.", Subject(*n), Duration(e.Distance))
	}
	p.sameID()
	p.read()
	p.stale()
	return p.b.String()
}

// A paragraphs is the text of an explanation so far.
type paragraphs struct {
	*Explanation
	b strings.Builder
}

func (p *paragraphs) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// maxItems bounds the items of a list.
const maxItems = 10

// list writes the first of some items, and how many there are beyond of total.
func (p *paragraphs) list(items []string, total int, more string) {
	for _, text := range items[:min(maxItems, len(items))] {
		p.line("  %s", text)
	}
	if len(items) > maxItems {
		p.line("  … and %d %s", total-maxItems, more)
	}
}

// number says the number, and what decides it.
func (p *paragraphs) number() {
	s := p.Streak
	switch p.decides() {
	case "breach":
		p.line("%s since %s.", Weeks(s), p.day(s.Since))
		p.breach(*s.Breach)
	case "since":
		p.line("%s since %s, the since of rule %s%s. No later deployment broke it.", Weeks(s), p.day(s.Since), s.Rule, p.place(p.Rule.Source))
	case "coverage":
		p.line("%s: the facts begin on %s, and nothing known since broke rule %s%s.", Weeks(s), p.day(s.Since), s.Rule, p.place(p.Rule.Source))
		p.limits()
	default:
		if !s.InForce {
			p.line("Rule %s is not in force before %s%s.", s.Rule, p.Rule.Since, p.place(p.Rule.Source))
			return
		}
		p.line("The number of rule %s is not known.", s.Rule)
		if len(s.Missing) == 0 {
			p.line("No deployment to an environment in its scope is known by then.")
		}
		for _, e := range s.Missing {
			p.line("  %s of %s has not been read completely.", e.Name, e.Project)
		}
	}
}

func (p *paragraphs) breach(b rules.Breach) {
	d, m := b.Deployment, p.Match
	p.line("\n%s broke rule %s, which forbids %s.", Subject(d), p.Rule.Name, Windows(p.Rule.Forbid))
	p.date("triggered", d.Started)
	p.date("executed", d.Executed)
	p.date("finished", d.Finished)
	p.line("  outcome    %s, id %s", d.Outcome(), d.ID)
	if d.URL != "" && p.Detail {
		p.line("  see        %s", d.URL)
	}
	if m != nil {
		p.line("It was in the window %s%s, %s to %s.", Windows([]rules.Window{m.Window}), p.place(m.Window.Source), p.day(m.Start), p.day(m.End))
	}
	if d.Denied {
		p.line("It was running when its source listed it last, so it ends then, and counts.")
	}
	if b.Running {
		p.line("It is still running; until it ends the number is 0.")
	} else if m != nil {
		days := fmt.Sprintf("first: %q", m.Day)
		if first := rules.DateOf(d.Start().In(p.At.Location())); first.String() < m.Day.String() {
			days = fmt.Sprintf("first: %q, last: %q", first, m.Day)
		}
		p.line("To excuse it: except: [{id: %q, dates: [{%s}], reason: \"…\"}]", d.ID, days)
	}
}

// date says a date of a deployment in the zone of the policy and in UTC.
func (p *paragraphs) date(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	local, utc := t.In(p.At.Location()).Format("Mon 2 Jan 2006, 15:04:05 MST"), ""
	if !strings.HasSuffix(local, " UTC") {
		utc = t.UTC().Format(" (Mon 15:04:05 UTC)")
	}
	p.line("  %-10s %s%s", name, local, utc)
}

// limits says why nothing is known from before the streak.
func (p *paragraphs) limits() {
	for _, e := range p.Limits {
		why := "read further back with history: from"
		switch {
		case e.Exhausted:
			why = "the source has nothing older. To add what it forgot: fridaycounter history import FILE --complete-from DATE"
		case e.CompleteFrom.After(p.HistoryFrom) && !p.HistoryFrom.IsZero():
			why = "the source gave what is older only in part, or not yet"
		}
		p.line("  %s of %s is known completely only from then on; %s.", e.Name, e.Project, why)
	}
}

// excluded says what was in a window and does not count, what is out of scope last. It leaves
// out what has not happened yet.
func (p *paragraphs) excluded() {
	total := -p.ExcludedCount[rules.ReasonNotYet]
	for _, n := range p.ExcludedCount {
		total += n
	}
	if total == 0 {
		return
	}
	var items []string
	for _, outOfScope := range []bool{false, true} {
		for _, x := range p.Excluded {
			if x.Reason != rules.ReasonNotYet && (x.Reason == rules.ReasonOutOfScope) == outOfScope {
				at := x.At.In(p.At.Location()).Format("Mon 2 Jan 2006, 15:04")
				items = append(items, fmt.Sprintf("%s  %s: %s", at, Subject(x.Deployment), p.reason(x)))
			}
		}
	}
	p.line("\nNot counted, although in a forbidden window:")
	p.list(items, total, "more")
}

func (p *paragraphs) reason(x rules.Exclusion) string {
	switch {
	case x.Reason == rules.ReasonOutOfScope:
		return "out of the rule's scope"
	case x.Reason == rules.ReasonDidNotRun:
		return "it did not run"
	case x.Reason == rules.ReasonOutcome:
		return fmt.Sprintf("its outcome, %s, does not count", x.Deployment.Outcome())
	case x.Reason == rules.ReasonSince:
		return "before the rule's since"
	case x.Exception == nil:
		return string(x.Reason)
	}
	return fmt.Sprintf("excused: %s%s", x.Exception.Reason, p.place(x.Exception.Source))
}

func (p *paragraphs) sameID() {
	if len(p.SameID) > 0 {
		p.line("\nRuns that share an id; each counts:")
		p.list(each(p.SameID, func(d rules.Deployment) string {
			return fmt.Sprintf("id %s of %s, begun on %s", d.ID, d.Environment, p.day(d.Start()))
		}), len(p.SameID), "more")
	}
}

// read says how far back the facts reach, and how old they are.
func (p *paragraphs) read() {
	if len(p.Environments) == 0 {
		return
	}
	p.line("\nRead:")
	for _, e := range p.Environments {
		extent := "back to " + p.day(e.CompleteFrom)
		switch unread := e.CompleteFrom.IsZero(); {
		case e.Exhausted && unread && len(e.Deployments) == 0:
			extent = "no deployment"
		case e.Exhausted && unread:
			extent = "all, since it is new"
		case e.Exhausted:
			extent = "all, from " + p.day(e.CompleteFrom)
		case unread:
			extent = "nothing yet"
		}
		p.line("  %s of %s: %s", e.Name, e.Project, extent)
	}
	age := ""
	if p.Stored {
		age = " (saved at most once an hour)"
	}
	for _, k := range p.Known {
		if !k.Good.IsZero() {
			p.line("  %s was last read completely on %s%s", k.Name, p.day(k.Good), age)
		}
	}
}

func (p *paragraphs) stale() {
	if len(p.Because) == 0 {
		return
	}
	p.line("\nThe number may be out of date:")
	p.list(each(p.Because, func(r facts.Reason) string {
		if r.Kind == "poll" {
			return fmt.Sprintf("the last poll of %s failed: %s", r.Source, r.Text)
		}
		return r.Text
	}), len(p.Because), "more reasons")
}

// day says an instant. A window without an end lasts for ever.
func (p *paragraphs) day(t time.Time) string {
	if t.IsZero() {
		return "for ever"
	}
	return Day(t.In(p.At.Location()))
}

// place says where counter.cue has something, if that is known.
func (p *paragraphs) place(at rules.Position) string {
	if at.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", p.file(at.File), at.Line)
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
