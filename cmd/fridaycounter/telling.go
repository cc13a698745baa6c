package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// telling puts an explanation into words.
type telling struct {
	zone   *time.Location
	policy []rules.Rule
	read   []rules.Environment // what is judged
	polls  history.Polls       // of the history; zero: of now
	from   time.Time           // where history: from cuts the source's list off; zero: not known here
	// file names a file as it is to be shown.
	file func(string) string
	b    strings.Builder
}

// explanation returns some paragraphs.
func (t *telling) explanation(e rules.Explanation) string {
	s := e.Streak
	switch e.Decides {
	case rules.DecidedByBreach:
		t.line("%s since %s.", engine.Weeks(s), t.day(s.Since))
		t.breach(s.Rule, *s.Breach, e.Met)
	case rules.DecidedBySince:
		t.line("%s since %s, the since of rule %s%s. No later deployment broke it.", engine.Weeks(s), t.day(s.Since), s.Rule, t.place(t.rule(s.Rule).Source))
	case rules.DecidedByCoverage:
		t.line("%s: the facts begin on %s, and nothing known since broke rule %s%s.", engine.Weeks(s), t.day(s.Since), s.Rule, t.place(t.rule(s.Rule).Source))
		t.limits(e.Limits)
	case rules.DecidedByNothing:
		t.unknown(s)
	}
	if e.RunnerUp != nil {
		t.line("\nThe breach before: %s on %s.", engine.Subject(e.RunnerUp.Deployment), t.day(e.RunnerUp.At))
	}
	t.leftOut(e)
	t.near(e.NearMiss)
	t.coverage()
	return strings.Map(upright, t.b.String())
}

// upright replaces the marks that turn the direction of writing: in a name from Bamboo
// they would turn around the sentence that it stands in.
func upright(r rune) rune {
	if unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

func (t *telling) line(format string, args ...any) { fmt.Fprintf(&t.b, format+"\n", args...) }

// breach tells of the deployment that decides.
func (t *telling) breach(rule string, b rules.Breach, met *rules.Met) {
	d := b.Deployment
	t.line("\n%s broke rule %s, which forbids %s.", engine.Subject(d), rule, engine.Windows(t.rule(rule).Forbid))
	t.times(d)
	t.line("  outcome    %s, id %s", outcome(&d), d.ID)
	if d.URL != "" {
		t.line("  see        %s", d.URL)
	}
	if met != nil {
		t.line("It was in the window %s%s, %s to %s.", engine.Windows([]rules.Window{met.Window}), t.place(met.Window.Source), t.day(met.Start), t.day(met.End))
	}
	if b.Running {
		t.line("It is still running; until it ends the number is 0.")
	}
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

// limits tells which environments are not known further back.
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

// unknown tells what is missing.
func (t *telling) unknown(s rules.Streak) {
	t.line("The number of rule %s is not known.", s.Rule)
	if len(s.Missing) == 0 {
		t.line("No deployment to an environment in its scope is known by then.")
	}
	for _, e := range s.Missing {
		t.line("  %s of %s has not been read whole.", e.Name, e.Project)
	}
}

// maxTold bounds what is listed of the deployments left out.
const maxTold = 10

// leftOut tells what met a window and does not count. What had not happened yet
// goes without saying.
func (t *telling) leftOut(e rules.Explanation) {
	total := 0
	for reason, n := range e.LeftOutCount {
		if reason != rules.ReasonNotYet {
			total += n
		}
	}
	if total == 0 {
		return
	}
	t.line("\nNot counted, although in a forbidden window:")
	told := slices.DeleteFunc(slices.Clone(e.LeftOut), func(o rules.LeftOut) bool { return o.Reason == rules.ReasonNotYet })
	// What somebody decided about comes before what is none of the rule's business.
	slices.SortStableFunc(told, func(a, b rules.LeftOut) int {
		return strings.Compare(fmt.Sprint(a.Reason == rules.ReasonOutOfScope), fmt.Sprint(b.Reason == rules.ReasonOutOfScope))
	})
	for i, o := range told {
		if i == maxTold {
			t.line("  … and %d more", total-maxTold)
			break
		}
		t.line("  %s  %s: %s", o.At.In(t.zone).Format("Mon 2 Jan 2006, 15:04"), engine.Subject(o.Deployment), t.reason(o))
	}
}

// reason says why a deployment does not count.
func (t *telling) reason(o rules.LeftOut) string {
	switch o.Reason {
	case rules.ReasonOutOfScope:
		return "out of the rule's scope"
	case rules.ReasonDidNotRun:
		return "it did not run"
	case rules.ReasonOutcome:
		return fmt.Sprintf("its outcome, %s, does not count", outcome(&o.Deployment))
	case rules.ReasonSince:
		return "before the rule's since"
	}
	if o.Exception == nil {
		return string(o.Reason)
	}
	return fmt.Sprintf("excused: %s%s", o.Exception.Reason, t.place(o.Exception.Source))
}

// near tells what came closest.
func (t *telling) near(n *rules.NearMiss) {
	if n == nil {
		return
	}
	t.line("\nThe closest since: %s, %s from a forbidden window.", engine.Subject(n.Deployment), distance(n.Distance))
}

// coverage tells how far back the facts reach, and how old they are.
func (t *telling) coverage() {
	if len(t.read) == 0 {
		return
	}
	t.line("\nRead:")
	for _, e := range t.read {
		switch {
		case e.Exhausted && e.CompleteFrom.IsZero():
			t.line("  %s of %s: no deployment", e.Name, e.Project)
		case e.Exhausted:
			t.line("  %s of %s: all, from %s", e.Name, e.Project, t.day(e.CompleteFrom))
		default:
			t.line("  %s of %s: back to %s", e.Name, e.Project, t.day(e.CompleteFrom))
		}
	}
	if polls := t.polls; !polls.Good.IsZero() {
		t.line("  last answered whole on %s (written down at most once an hour)", t.day(polls.Good))
		if polls.Failed.After(polls.Good) {
			t.line("  polls have gone wrong since, last on %s: %s", t.day(polls.Failed), polls.Failure)
		}
	}
}

func (t *telling) day(at time.Time) string {
	if at.IsZero() {
		return "for ever"
	}
	return day(at.In(t.zone))
}

// rule returns the rule of a name; the zero rule if there is none.
func (t *telling) rule(name string) rules.Rule {
	if i := slices.IndexFunc(t.policy, func(r rules.Rule) bool { return r.Name == name }); i >= 0 {
		return t.policy[i]
	}
	return rules.Rule{}
}

// place says where counter.cue has something, if that is known.
func (t *telling) place(p rules.Position) string {
	if p.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", t.file(p.File), p.Line)
}

// outcome says how a deployment ended, in the words of counter.cue.
func outcome(d *rules.Deployment) string { return string(d.Outcome()) }

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
