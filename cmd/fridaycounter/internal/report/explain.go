package report

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// An Explanation says why a rule's number is what it is, and what is known of its facts.
type Explanation struct {
	rules.Explanation
	Rule         rules.Rule
	At           time.Time           // as of, in the zone of the policy
	Environments []rules.Environment // that are judged
	Because      []facts.Reason      // why the number may be out of date
	Known        []source.Known      // for when the sources were polled; nil: that was just now
	Stored       bool                // the times of polls are from the history, which has them once an hour
	HistoryFrom  time.Time           // where history: from cuts the list of the source off; zero: unknown
	Detail       bool                // say links, failures and whole paths, which name the CI server
}

// A paragraphs writes an explanation as text.
type paragraphs struct {
	*Explanation
	b strings.Builder
}

// Text returns some paragraphs.
func (e *Explanation) Text() string { return (&paragraphs{Explanation: e}).text() }

func (t *paragraphs) text() string {
	e := t.Explanation
	s := e.Streak
	switch decides(s) {
	case "breach":
		t.line("%s since %s.", Weeks(s), t.day(s.Since))
		t.breach(*s.Breach, e.Match)
	case "since":
		t.line("%s since %s, the since of rule %s%s. No later deployment broke it.", Weeks(s), t.day(s.Since), s.Rule, t.place(t.Rule.Source))
	case "coverage":
		t.line("%s: the facts begin on %s, and nothing known since broke rule %s%s.", Weeks(s), t.day(s.Since), s.Rule, t.place(t.Rule.Source))
		t.limits(e.Limits)
	default:
		if s.InForce {
			t.unknown(s)
		} else {
			t.line("Rule %s is not in force before %s%s.", s.Rule, t.Rule.Since, t.place(t.Rule.Source))
		}
	}
	if e.RunnerUp != nil {
		t.line("\nThe breach before: %s on %s.", Subject(e.RunnerUp.Deployment), t.day(e.RunnerUp.At))
	}
	t.leftOut(e)
	if n := e.NearMiss; n != nil {
		t.line("\nThe closest since: %s, %s from a forbidden window.", Subject(n.Deployment), distance(n.Distance))
	}
	t.beside(e.SameID)
	t.coverage()
	t.stale()
	return t.b.String()
}

func (t *paragraphs) beside(list []rules.Deployment) {
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
func (t *paragraphs) some(texts []string, total int, more string) {
	for _, text := range texts[:min(maxTold, len(texts))] {
		t.line("  %s", text)
	}
	if len(texts) > maxTold {
		t.line("  … and %d %s", total-maxTold, more)
	}
}

func (t *paragraphs) stale() {
	if len(t.Because) == 0 {
		return
	}
	t.line("\nThe number may be out of date:")
	var said []string
	for _, r := range t.Because {
		if r.Kind == "poll" {
			r.Text = "the last poll of " + r.Source + " failed: " + r.Text
		}
		said = append(said, r.Text)
	}
	t.some(said, len(said), "more reasons")
}

func (t *paragraphs) line(format string, args ...any) { fmt.Fprintf(&t.b, format+"\n", args...) }

func (t *paragraphs) breach(b rules.Breach, match *rules.Match) {
	d := b.Deployment
	t.line("\n%s broke rule %s, which forbids %s.", Subject(d), t.Rule.Name, Windows(t.Rule.Forbid))
	t.times(d)
	t.line("  outcome    %s, id %s", d.Outcome(), d.ID)
	if d.URL != "" && t.Detail {
		t.line("  see        %s", d.URL)
	}
	if match != nil {
		t.line("It was in the window %s%s, %s to %s.", Windows([]rules.Window{match.Window}), t.place(match.Window.Source), t.day(match.Start), t.day(match.End))
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
func (t *paragraphs) dates(d rules.Deployment, match *rules.Match) string {
	first := rules.DateOf(d.Start().In(t.At.Location()))
	if first.String() >= match.Day.String() {
		return fmt.Sprintf("{first: %q}", match.Day)
	}
	return fmt.Sprintf("{first: %q, last: %q}", first, match.Day)
}

// times lists a deployment's dates in the policy's zone and in UTC.
func (t *paragraphs) times(d rules.Deployment) {
	for _, when := range []struct {
		name string
		at   time.Time
	}{{"triggered", d.Started}, {"executed", d.Executed}, {"finished", d.Finished}} {
		if when.at.IsZero() {
			continue
		}
		local, utc := when.at.In(t.At.Location()).Format("Mon 2 Jan 2006, 15:04:05 MST"), ""
		if !strings.HasSuffix(local, " UTC") {
			utc = when.at.UTC().Format(" (Mon 15:04:05 UTC)")
		}
		t.line("  %-10s %s%s", when.name, local, utc)
	}
}

func (t *paragraphs) limits(list []rules.Environment) {
	for _, e := range list {
		why := "read further back with history: from"
		switch {
		case e.Exhausted:
			why = "the source has nothing older. What it forgot: fridaycounter history import FILE --complete-from DATE"
		case e.CompleteFrom.After(t.HistoryFrom) && !t.HistoryFrom.IsZero():
			why = "the source gave what is older only in part, or not yet"
		}
		t.line("  %s of %s is known completely from then on only; %s.", e.Name, e.Project, why)
	}
}

func (t *paragraphs) unknown(s rules.Streak) {
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
func (t *paragraphs) leftOut(e *Explanation) {
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
		text := fmt.Sprintf("%s  %s: %s", o.At.In(t.At.Location()).Format("Mon 2 Jan 2006, 15:04"), Subject(o.Deployment), t.reason(o))
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

func (t *paragraphs) reason(o rules.Exclusion) string {
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
func (t *paragraphs) coverage() {
	if len(t.Environments) == 0 {
		return
	}
	t.line("\nRead:")
	for _, e := range t.Environments {
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
	age := ""
	if t.Stored {
		age = " (written down at most once an hour)"
	}
	for _, k := range t.Known {
		if !k.Good.IsZero() {
			t.line("  %s was last read whole on %s%s", k.Name, t.day(k.Good), age)
		}
	}
}

func (t *paragraphs) day(at time.Time) string {
	if at.IsZero() {
		return "for ever"
	}
	return Day(at.In(t.At.Location()))
}

// file names a file of the policy.
func (e *Explanation) file(name string) string {
	if e.Detail {
		return name
	}
	return filepath.Base(name)
}

// place says where counter.cue has something, if that is known.
func (t *paragraphs) place(p rules.Position) string {
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
