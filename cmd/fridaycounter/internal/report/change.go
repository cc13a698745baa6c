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

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Describe says what a configuration forbids.
func Describe(c *schema.Config) string {
	parts := each(c.Rules, func(r rules.Rule) string { return fmt.Sprintf("%s: forbidden: %s", r.Name, Windows(r.Forbid)) })
	return strings.Join(append(parts, "timezone: "+c.Timezone), "; ")
}

// Vetted says what vet has checked: the policy in a line, and the scenarios in another if there are any.
func Vetted(path string, c *schema.Config, scenarios int) string {
	windows := 0
	for _, r := range c.Rules {
		windows += len(r.Forbid)
	}
	text := fmt.Sprintf("%s is good, with %s and %s: %s\n", path, Plural(len(c.Rules), "rule"), Plural(windows, "window"), Describe(c))
	if scenarios > 0 {
		text += fmt.Sprintf("its %s can be judged: fridaycounter test\n", Plural(scenarios, "scenario"))
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

// changes says what a new policy changes, and what becomes of the number: "forbidden: Friday
// -> Thursday, Friday; weeks: 7 -> 2".
func changes(c engine.PolicyChange) string {
	old, now := c.Old.Config, c.New.Config
	fields := append(ruleFields(c.Old, c.New),
		field{"timezone", old.Timezone, now.Timezone, false},
		field{"source", data(old.Source), data(now.Source), true},
		field{"history", data(old.History), data(now.History), true},
		field{"poll", data(old.Poll), data(now.Poll), true},
		field{"display", data(old.Display), data(now.Display), true},
		field{"brightness", data(old.Brightness), data(now.Brightness), true},
		field{"weeks", number(c.Before.Lead), number(c.After.Lead), false})
	if number(c.Before.Lead) == number(c.After.Lead) { // else the pages differ for that alone
		pages := field{"pages", pageTexts(c.OldPages), pageTexts(c.NewPages), false}
		if pages.was == pages.is {
			pages = field{"pages", data(c.OldPages), data(c.NewPages), true}
		}
		fields = append(fields, pages)
	}
	var list []string
	for _, f := range fields {
		switch {
		case f.was == f.is:
		case f.long:
			list = append(list, f.name+" changed")
		default:
			list = append(list, fmt.Sprintf("%s: %s -> %s", f.name, cmp.Or(f.was, "none"), cmp.Or(f.is, "none")))
		}
	}
	return cmp.Or(strings.Join(list, "; "), "none")
}

// A field is one thing that two policies have, as text. Of a long one only that it changed is
// said.
type field struct {
	name, was, is string
	long          bool
}

// ruleFields returns the fields of each rule. They name the rule unless there is only one,
// which keeps its name.
func ruleFields(old, now *engine.Policy) (list []field) {
	for _, c := range now.Rules {
		r := c.Rule()
		before := old.Rule(r.Name)
		if before == nil {
			list = append(list, field{fmt.Sprintf("rule %q", r.Name), "", "forbidden: " + Windows(r.Forbid), false})
			continue
		}
		name := fmt.Sprintf("rule %q: ", r.Name)
		if len(old.Rules) == 1 && len(now.Rules) == 1 {
			name = ""
		}
		was := before.Rule()
		list = append(list,
			field{name + "forbidden", Windows(was.Forbid), Windows(r.Forbid), false},
			field{name + "measure", measure(was), measure(r), false},
			field{name + "count", string(was.Count), string(r.Count), false},
			field{name + "since", was.Since.String(), r.Since.String(), false},
			field{name + "outcomes", fmt.Sprint(was.Outcomes), fmt.Sprint(r.Outcomes), false},
			field{name + "projects", fmt.Sprint(was.Projects), fmt.Sprint(r.Projects), false},
			field{name + "environments", fmt.Sprint(was.Environments), fmt.Sprint(r.Environments), false},
			field{name + "exceptions", data(was.Except), data(r.Except), true})
	}
	for _, c := range old.Rules {
		if r := c.Rule(); now.Rule(r.Name) == nil {
			list = append(list, field{fmt.Sprintf("rule %q", r.Name), "forbidden: " + Windows(r.Forbid), "", false})
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

var positions = regexp.MustCompile(`"Source":\{"File[^}]*\},?`)
