package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// telling puts an explanation into words.
type telling struct {
	zone         *time.Location
	known        []source.Known      // when it was asked; nil where that was just now
	environments []rules.Environment // what is judged
	rule         rules.Rule          // that is explained
	because      []facts.Reason      // why its number may have been overtaken
	marks        string              // how exact the times of polls are; "": exact
	from         time.Time           // where history: from cuts the source's list off; zero: not known here
	detail       bool                // tell of links and failures, which name the CI server
	file         func(string) string // how a file is to be named
	b            strings.Builder
}

// explanation returns some paragraphs.
func (t *telling) explanation(e rules.Explanation) string {
	s := e.Streak
	switch decides(s) {
	case "breach":
		t.line("%s since %s.", engine.Weeks(s), t.day(s.Since))
		t.breach(*s.Breach, e.Match)
	case "since":
		t.line("%s since %s, the since of rule %s%s. No later deployment broke it.", engine.Weeks(s), t.day(s.Since), s.Rule, t.place(t.rule.Source))
	case "coverage":
		t.line("%s: the facts begin on %s, and nothing known since broke rule %s%s.", engine.Weeks(s), t.day(s.Since), s.Rule, t.place(t.rule.Source))
		t.limits(e.Limits)
	default:
		if s.InForce {
			t.unknown(s)
		} else {
			t.line("Rule %s is not in force before %s%s.", s.Rule, t.rule.Since, t.place(t.rule.Source))
		}
	}
	if e.RunnerUp != nil {
		t.line("\nThe breach before: %s on %s.", engine.Subject(e.RunnerUp.Deployment), t.day(e.RunnerUp.At))
	}
	t.leftOut(e)
	if n := e.NearMiss; n != nil {
		t.line("\nThe closest since: %s, %s from a forbidden window.", engine.Subject(n.Deployment), distance(n.Distance))
	}
	t.beside(e.SameID)
	t.coverage()
	t.stale()
	return t.b.String()
}

func (t *telling) beside(list []rules.Deployment) {
	if len(list) == 0 {
		return
	}
	t.line("\nRuns that share an id with another one; each counts:")
	var said []string
	for _, d := range list {
		said = append(said, fmt.Sprintf("id %s of %s, begun on %s", d.ID, d.Environment, t.day(d.Start())))
	}
	t.some(said, len(said), "more")
}

// maxTold bounds what is told of one kind.
const maxTold = 10

// some tells the first of some texts, and how many there are beside them of total.
func (t *telling) some(texts []string, total int, more string) {
	for _, text := range texts[:min(maxTold, len(texts))] {
		t.line("  %s", text)
	}
	if len(texts) > maxTold {
		t.line("  … and %d %s", total-maxTold, more)
	}
}

func (t *telling) stale() {
	if len(t.because) == 0 {
		return
	}
	t.line("\nThe number may be out of date:")
	var said []string
	for _, r := range t.because {
		if r.Kind == "poll" {
			r.Text = "the last poll of " + r.Source + " failed: " + r.Text
		}
		said = append(said, r.Text)
	}
	t.some(said, len(said), "more reasons")
}

func (t *telling) line(format string, args ...any) { fmt.Fprintf(&t.b, format+"\n", args...) }

func (t *telling) breach(b rules.Breach, match *rules.Match) {
	d := b.Deployment
	t.line("\n%s broke rule %s, which forbids %s.", engine.Subject(d), t.rule.Name, engine.Windows(t.rule.Forbid))
	t.times(d)
	t.line("  outcome    %s, id %s", d.Outcome(), d.ID)
	if d.URL != "" && t.detail {
		t.line("  see        %s", d.URL)
	}
	if match != nil {
		t.line("It was in the window %s%s, %s to %s.", engine.Windows([]rules.Window{match.Window}), t.place(match.Window.Source), t.day(match.Start), t.day(match.End))
	}
	if d.Denied {
		t.line("It was seen running, and then its source did not know it any more; so it ends when it was last seen, and counts.")
	}
	if b.Running {
		t.line("It is still running; until it ends the number is 0.")
	} else if match != nil {
		t.line("To excuse it: except: [{id: %q, dates: [%s], reason: \"…\"}]", d.ID, t.dates(d, match))
	}
}

// dates are the owning days to excuse of a deployment, in the words of counter.cue.
func (t *telling) dates(d rules.Deployment, match *rules.Match) string {
	first := rules.DateOf(d.Start().In(t.zone))
	if first.String() >= match.Day.String() {
		return fmt.Sprintf("{first: %q}", match.Day)
	}
	return fmt.Sprintf("{first: %q, last: %q}", first, match.Day)
}

// times lists a deployment's dates in the policy's zone and in UTC.
func (t *telling) times(d rules.Deployment) {
	for _, when := range []struct {
		name string
		at   time.Time
	}{{"triggered", d.Started}, {"executed", d.Executed}, {"finished", d.Finished}} {
		if when.at.IsZero() {
			continue
		}
		local, utc := when.at.In(t.zone).Format("Mon 2 Jan 2006, 15:04:05 MST"), ""
		if !strings.HasSuffix(local, " UTC") {
			utc = when.at.UTC().Format(" (Mon 15:04:05 UTC)")
		}
		t.line("  %-10s %s%s", when.name, local, utc)
	}
}

func (t *telling) limits(list []rules.Environment) {
	for _, e := range list {
		why := "read further back with history: from"
		switch {
		case e.Exhausted:
			why = "the source has nothing older. What it forgot: fridaycounter history import FILE --complete-from DATE"
		case e.CompleteFrom.After(t.from) && !t.from.IsZero():
			why = "the source gave what is older only in part, or not yet"
		}
		t.line("  %s of %s is known completely from then on only; %s.", e.Name, e.Project, why)
	}
}

func (t *telling) unknown(s rules.Streak) {
	t.line("The number of rule %s is not known.", s.Rule)
	if len(s.Missing) == 0 {
		t.line("No deployment to an environment in its scope is known by then.")
	}
	for _, e := range s.Missing {
		t.line("  %s of %s has not been read whole.", e.Name, e.Project)
	}
}

// leftOut tells what met a window and does not count. What had not happened yet
// goes without saying.
func (t *telling) leftOut(e rules.Explanation) {
	total := -e.ExcludedCount[rules.ReasonNotYet]
	for _, n := range e.ExcludedCount {
		total += n
	}
	if total == 0 {
		return
	}
	t.line("\nNot counted, although in a forbidden window:")
	var decided, outOfScope []string
	for _, o := range e.Excluded {
		text := fmt.Sprintf("%s  %s: %s", o.At.In(t.zone).Format("Mon 2 Jan 2006, 15:04"), engine.Subject(o.Deployment), t.reason(o))
		switch o.Reason {
		case rules.ReasonNotYet:
		case rules.ReasonOutOfScope:
			outOfScope = append(outOfScope, text)
		default:
			decided = append(decided, text)
		}
	}
	t.some(append(decided, outOfScope...), total, "more")
}

func (t *telling) reason(o rules.Exclusion) string {
	switch o.Reason {
	case rules.ReasonOutOfScope:
		return "out of the rule's scope"
	case rules.ReasonDidNotRun:
		return "it did not run"
	case rules.ReasonOutcome:
		return fmt.Sprintf("its outcome, %s, does not count", o.Deployment.Outcome())
	case rules.ReasonSince:
		return "before the rule's since"
	}
	if o.Exception == nil {
		return string(o.Reason)
	}
	return fmt.Sprintf("excused: %s%s", o.Exception.Reason, t.place(o.Exception.Source))
}

// coverage tells how far back the facts reach, and how old they are.
func (t *telling) coverage() {
	if len(t.environments) == 0 {
		return
	}
	t.line("\nRead:")
	for _, e := range t.environments {
		switch {
		case e.Exhausted && e.CompleteFrom.IsZero() && len(e.Deployments) == 0:
			t.line("  %s of %s: no deployment", e.Name, e.Project)
		case e.Exhausted && e.CompleteFrom.IsZero():
			t.line("  %s of %s: all, since it is new", e.Name, e.Project)
		case e.Exhausted:
			t.line("  %s of %s: all, from %s", e.Name, e.Project, t.day(e.CompleteFrom))
		case e.CompleteFrom.IsZero():
			t.line("  %s of %s: nothing yet", e.Name, e.Project)
		default:
			t.line("  %s of %s: back to %s", e.Name, e.Project, t.day(e.CompleteFrom))
		}
	}
	for _, k := range t.known {
		if !k.Good.IsZero() {
			t.line("  %s was last read whole on %s%s", k.Name, t.day(k.Good), t.marks)
		}
	}
}

func (t *telling) day(at time.Time) string {
	if at.IsZero() {
		return "for ever"
	}
	return day(at.In(t.zone))
}

// place says where counter.cue has something, if that is known.
func (t *telling) place(p rules.Position) string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", t.file(p.File), p.Line)
}

// distance says a duration without more figures than matter.
func distance(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours())/24)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds()))
}
