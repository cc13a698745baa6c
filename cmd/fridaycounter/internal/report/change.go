package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// maxDescribed bounds the rules that Describe names.
const maxDescribed = 3

// Describe says what a configuration forbids, in one line.
func Describe(c *schema.Config) string {
	named := c.Rules[:min(maxDescribed, len(c.Rules))]
	parts := each(named, func(r rules.Rule) string { return fmt.Sprintf("%s: forbidden: %s", r.Name, Windows(r.Forbid)) })
	if more := len(c.Rules) - len(named); more > 0 {
		parts = append(parts, "and "+Plural(more, "more rule"))
	}
	return strings.Join(append(parts, "timezone: "+c.Timezone), "; ")
}

// Vetted says what vet has checked: the policy in a line, and the scenarios in another if there are any.
func Vetted(path string, c *schema.Config, scenarios int) string {
	windows := 0
	for _, r := range c.Rules {
		windows += len(r.Forbid)
	}
	if path == "-" {
		path = "standard input"
	}
	text := fmt.Sprintf("%s is good, with %s and %s: %s\n", path, Plural(len(c.Rules), "rule"), Plural(windows, "window"), Describe(c))
	if scenarios > 0 {
		text += fmt.Sprintf("beside it are %s: fridaycounter test checks them\n", Plural(scenarios, "scenario"))
	}
	return Printable(text)
}

// maxLogged bounds the breaches of each rule that the log names on a reload.
const maxLogged = 5

// LogChange logs what a file that came into force says, or changes.
func LogChange(log *slog.Logger, c engine.PolicyChange) {
	for _, n := range c.New.Config.Notes(c.After.At) {
		log.Info("a note on the policy", "note", n)
	}
	if c.Old == nil {
		log.Info("the policy", "rules", Describe(c.New.Config))
		return
	}
	log.Info("the file changes the policy", "changes", changes(c))
	for _, n := range SourceChanges(c.Old, c.New) {
		log.Info("a note on the policy", "note", n)
	}
	if !slices.Equal(c.Old.Keys(), c.New.Keys()) {
		return // the facts are others, so there is nothing to compare
	}
	for _, change := range CompareRules(c.Old, c.New, c.Old.Environments(c.Known), c.New.Environments(c.Known), c.After.At) {
		breaches := change.breaches(c.New.Zone)
		if len(breaches) == 0 {
			continue
		}
		log.Info("the file changes the breaches of a rule", "rule", change.String())
		for _, b := range breaches[:min(maxLogged, len(breaches))] {
			log.Info("breach gained (+) or lost (-)", "breach", b)
		}
		if more := len(breaches) - maxLogged; more > 0 {
			log.Info("more breaches are gained or lost; fridaycounter diff lists all", "more", more)
		}
	}
}

// SourceChanges says which sources of a new policy begin anew, because the old one has none of
// that name and address, and which are not read any more.
func SourceChanges(old, now *engine.Policy) (list []string) {
	show := func(k source.Key) string { return k.Name + " " + k.Address }
	without := func(keys, others []source.Key) []source.Key {
		return slices.DeleteFunc(slices.Clone(keys), func(k source.Key) bool { return slices.Contains(others, k) })
	}
	gone := without(old.Keys(), now.Keys())
	for _, k := range without(now.Keys(), old.Keys()) {
		text := fmt.Sprintf("source %q is new, so nothing is known of it yet", k.Name)
		for _, was := range gone {
			if was.Name == k.Name || was.Address == k.Address {
				text += fmt.Sprintf(" (hint: if it is the same as before: fridaycounter history rename-source %q %q)", show(was), show(k))
			}
		}
		list = append(list, text)
	}
	for _, k := range gone {
		list = append(list, fmt.Sprintf("source %q is not read any more (%s)", k.Name, show(k)))
	}
	return list
}

// changes says what a new policy changes, and what becomes of the number: "forbidden: Friday
// -> Thursday, Friday; weeks: 7 -> 2".
func changes(c engine.PolicyChange) string {
	old, now := c.Old.Config, c.New.Config
	list := append(ruleChanges(c.Old, c.New),
		change("timezone", old.Timezone, now.Timezone),
		changed("sources", old.Sources, now.Sources),
		changed("history", old.History, now.History),
		changed("poll", old.Poll, now.Poll),
		changed("display", old.Display, now.Display),
		changed("brightness", old.Brightness, now.Brightness),
		change("weeks", number(c.Before.Lead), number(c.After.Lead)))
	if number(c.Before.Lead) == number(c.After.Lead) { // else the pages differ for that alone
		list = append(list, cmp.Or(change("pages", pageTexts(c.OldPages), pageTexts(c.NewPages)), changed("pages", c.OldPages, c.NewPages)))
	}
	list = slices.DeleteFunc(list, func(text string) bool { return text == "" })
	return cmp.Or(strings.Join(list, "; "), "none")
}

// change says what something was and is; "" if that is the same.
func change(name, was, is string) string {
	if was == is {
		return ""
	}
	return fmt.Sprintf("%s: %s -> %s", name, cmp.Or(was, "none"), cmp.Or(is, "none"))
}

// changed says that something long is another; "" if it is not.
func changed(name string, was, is any) string {
	if data(was) == data(is) {
		return ""
	}
	return name + " changed"
}

// ruleChanges returns what changes of each rule. It names the rule unless there is only one,
// which keeps its name.
func ruleChanges(old, now *engine.Policy) (list []string) {
	for _, c := range now.Rules {
		r := c.Rule()
		before := old.Rule(r.Name)
		if before == nil {
			list = append(list, change(fmt.Sprintf("rule %q", r.Name), "", "forbidden: "+Windows(r.Forbid)))
			continue
		}
		name := fmt.Sprintf("rule %q: ", r.Name)
		if len(old.Rules) == 1 && len(now.Rules) == 1 {
			name = ""
		}
		was := before.Rule()
		list = append(list,
			change(name+"forbidden", Windows(was.Forbid), Windows(r.Forbid)),
			change(name+"measure", measure(was), measure(r)),
			change(name+"count", string(was.Count), string(r.Count)),
			change(name+"since", was.Since.String(), r.Since.String()),
			change(name+"outcomes", fmt.Sprint(was.Outcomes), fmt.Sprint(r.Outcomes)),
			change(name+"sources", fmt.Sprint(was.Sources), fmt.Sprint(r.Sources)),
			change(name+"projects", fmt.Sprint(was.Projects), fmt.Sprint(r.Projects)),
			change(name+"environments", fmt.Sprint(was.Environments), fmt.Sprint(r.Environments)),
			changed(name+"exceptions", was.Except, r.Except))
	}
	for _, c := range old.Rules {
		if r := c.Rule(); now.Rule(r.Name) == nil {
			list = append(list, change(fmt.Sprintf("rule %q", r.Name), "forbidden: "+Windows(r.Forbid), ""))
		}
	}
	return list
}

// measure returns the word of counter.cue for how a rule measures.
func measure(r rules.Rule) string {
	if r.Triggered {
		return "triggered"
	}
	return "executed"
}

func pageTexts(pages []schema.Page) string {
	return strings.Join(each(pages, func(p schema.Page) string { return strconv.Quote(p.Text) }), ", ")
}

// data returns a value as text without its positions in the file, which move when somebody
// adds a line above.
func data(v any) string {
	text, _ := json.Marshal(v) // what came as JSON can be encoded
	return string(positions.ReplaceAll(text, nil))
}

var positions = regexp.MustCompile(`"Position":\{"File[^}]*\},?`)

// A Diff is what two policies say of the same facts, as of the same instant.
type Diff struct {
	Before, After engine.Verdict
	Changes       []RuleChange
}

// A RuleChange is what another policy makes of a rule, over the same facts.
type RuleChange struct {
	Rule          string
	Before, After rules.History  // not known where a policy has no such rule
	Gained, Lost  []rules.Breach // the latest first
}

// CompareRules compares two policies rule by rule: the rules of old, then those that only
// other has. was are the environments that old judges, and is those of other.
func CompareRules(old, other *engine.Policy, was, is []rules.Environment, now time.Time) []RuleChange {
	history := func(c *rules.Compiled, list []rules.Environment) (h rules.History) {
		if c != nil {
			h = c.History(list, c.Breaches(list, now), now)
		}
		return h
	}
	names := unique(each(slices.Concat(old.Rules, other.Rules), func(c *rules.Compiled) string { return c.Rule().Name }))
	return each(names, func(name string) RuleChange {
		before, after := old.Rule(name), other.Rule(name)
		gained, lost := rules.Compare(before, after, is, now)
		return RuleChange{name, history(before, was), history(after, is), gained, lost}
	})
}

// Text returns the numbers, and a paragraph for each rule.
func (d *Diff) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the wall: %s -> %s\n", Weeks(d.Before.Lead), Weeks(d.After.Lead))
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "\n%s\n", c.String())
		for _, line := range c.breaches(d.After.At.Location()) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

// String returns the change in a line: "no-friday-deploys: weeks: 7 -> 2; record: 12 -> 4;
// breaches: 3 gained, 24 lost".
func (c *RuleChange) String() string {
	weeks := func(h rules.History, r *rules.StreakSpan) string {
		if !h.Known || r == nil {
			return "-"
		}
		return count(r.Weeks, r.AtLeast)
	}
	return fmt.Sprintf("%s: weeks: %s -> %s; record: %s -> %s; breaches: %d gained, %d lost", c.Rule,
		weeks(c.Before, &c.Before.Current), weeks(c.After, &c.After.Current),
		weeks(c.Before, c.Before.Record), weeks(c.After, c.After.Record), len(c.Gained), len(c.Lost))
}

// breaches returns a line for each breach that is gained or lost, the latest first:
// "+ Mon 9 Mar 2026, 15:41 PDT  release-1075 of shop to Production".
func (c *RuleChange) breaches(zone *time.Location) []string {
	type line struct {
		sign string
		rules.Breach
	}
	all := each(c.Gained, func(b rules.Breach) line { return line{"+", b} })
	all = append(all, each(c.Lost, func(b rules.Breach) line { return line{"-", b} })...)
	slices.SortStableFunc(all, func(a, b line) int { return b.At.Compare(a.At) })
	return each(all, func(l line) string {
		return fmt.Sprintf("%s %s  %s", l.sign, l.At.In(zone).Format("Mon 2 Jan 2006, 15:04 MST"), Subject(l.Deployment))
	})
}

// DiffJSON is the JSON of diff.
type DiffJSON struct {
	At          time.Time  `json:"at"`
	WeeksBefore *int       `json:"weeks_before"` // on the wall
	WeeksAfter  *int       `json:"weeks_after"`
	Rules       []ruleDiff `json:"rules"`
}

// ruleDiff is what becomes of one rule. Before and after are null for a rule that the
// policy does not have, too.
type ruleDiff struct {
	Rule         string      `json:"rule"`
	Before       *StreakSpan `json:"before"`
	After        *StreakSpan `json:"after"`
	RecordBefore *StreakSpan `json:"record_before"`
	RecordAfter  *StreakSpan `json:"record_after"`
	Gained       []*Breach   `json:"gained"`
	Lost         []*Breach   `json:"lost"`
}

// JSON returns the changes for a program.
func (d *Diff) JSON() DiffJSON {
	f := form{d.After.At.Location(), true}
	breach := func(b rules.Breach) *Breach { return f.breach(&b) }
	return DiffJSON{
		d.After.At, f.streak(d.Before.Lead, nil).Weeks, f.streak(d.After.Lead, nil).Weeks,
		each(d.Changes, func(c RuleChange) ruleDiff {
			before, after := f.history(c.Before), f.history(c.After)
			return ruleDiff{c.Rule, before.Current, after.Current, before.Record, after.Record, each(c.Gained, breach), each(c.Lost, breach)}
		}),
	}
}
