package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Describe says in words what a configuration forbids.
func Describe(c *schema.Config) string {
	var said []string
	for _, r := range c.Rules {
		said = append(said, fmt.Sprintf("%s: forbidden: %s", r.Name, Windows(r.Forbid)))
	}
	return strings.Join(append(said, "timezone: "+c.Timezone), "; ")
}

// maxLogged bounds the breaches of each rule that the log names on a reload.
const maxLogged = 5

// LogChange logs what a file that came into force says, or changes.
func LogChange(log *slog.Logger, c engine.PolicyChange) {
	if c.Old == nil {
		log.Info("the policy", "rules", Describe(c.New.Config))
		return
	}
	log.Info("the file changes the policy", "changes", Changes(c))
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

// Changes says in words what a new policy changes, and what becomes of the number:
// "forbidden: Friday -> Thursday, Friday; weeks: 7 -> 2".
func Changes(c engine.PolicyChange) string {
	old, now := c.Old.Config, c.New.Config
	said := ruleChanges(old.Rules, now.Rules)
	for _, d := range []detail{
		{"timezone", old.Timezone, now.Timezone, false},
		{"source", data(old.Source), data(now.Source), true}, {"history", data(old.History), data(now.History), true},
		{"poll", data(old.Poll), data(now.Poll), true}, {"display", data(old.Display), data(now.Display), true},
		{"brightness", data(old.Brightness), data(now.Brightness), true},
		{"weeks", number(c.Before.Lead), number(c.After.Lead), false},
	} {
		said = append(said, d.change()...)
	}
	if number(c.Before.Lead) == number(c.After.Lead) { // else the pages differ for that alone
		pages := detail{"pages", pageTexts(c.OldPages), pageTexts(c.NewPages), false}
		if pages.was == pages.is {
			pages = detail{"pages", data(c.OldPages), data(c.NewPages), true}
		}
		said = append(said, pages.change()...)
	}
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, "; ")
}

func pageTexts(pages []schema.Page) string {
	texts := make([]string, len(pages))
	for i, p := range pages {
		texts[i] = strconv.Quote(p.Text)
	}
	return strings.Join(texts, ", ")
}

// A detail is one thing that two configurations say: in words, or where that takes too
// many as data, of which only that it changed is told.
type detail struct {
	name, was, is string
	long          bool
}

// change says what changed; nil if nothing did.
func (d detail) change() []string {
	switch {
	case d.was == d.is:
		return nil
	case d.long:
		return []string{d.name + " changed"}
	}
	return []string{fmt.Sprintf("%s: %s -> %s", d.name, cmp.Or(d.was, "none"), cmp.Or(d.is, "none"))}
}

// ruleChanges says what becomes of each rule. Names are left out where there is one rule
// and it keeps its name.
func ruleChanges(old, now []rules.Rule) (said []string) {
	for i := range now {
		r := &now[i]
		was := ruleNamed(old, r.Name)
		if was == nil {
			said = append(said, fmt.Sprintf("rule %q: new, forbidden: %s", r.Name, Windows(r.Forbid)))
			continue
		}
		for _, d := range []detail{
			{"forbidden", Windows(was.Forbid), Windows(r.Forbid), false},
			{"measure", string(was.Measure), string(r.Measure), false},
			{"count", string(was.Count), string(r.Count), false},
			{"since", was.Since.String(), r.Since.String(), false},
			{"outcomes", fmt.Sprint(was.Outcomes), fmt.Sprint(r.Outcomes), false},
			{"projects", fmt.Sprint(was.Projects), fmt.Sprint(r.Projects), false},
			{"environments", fmt.Sprint(was.Environments), fmt.Sprint(r.Environments), false},
			{"exceptions", data(was.Except), data(r.Except), true},
		} {
			if len(old) > 1 || len(now) > 1 {
				d.name = fmt.Sprintf("rule %q: %s", r.Name, d.name)
			}
			said = append(said, d.change()...)
		}
	}
	for i := range old {
		if ruleNamed(now, old[i].Name) == nil {
			said = append(said, fmt.Sprintf("rule %q: gone", old[i].Name))
		}
	}
	return said
}

// ruleNamed returns the rule of a name, nil if there is none.
func ruleNamed(list []rules.Rule, name string) *rules.Rule {
	if i := slices.IndexFunc(list, func(r rules.Rule) bool { return r.Name == name }); i >= 0 {
		return &list[i]
	}
	return nil
}

// data returns a value as text, without its positions in the file, which move when a line
// is added above.
func data(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	var plain any
	if json.Unmarshal(text, &plain) != nil {
		return ""
	}
	text, _ = json.Marshal(withoutPositions(plain)) // what was decoded can be encoded
	return string(text)
}

func withoutPositions(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "Source")
		for k := range v {
			v[k] = withoutPositions(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutPositions(v[i])
		}
	}
	return v
}
