package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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

// changes says in words what a new policy changes, and what becomes of the
// number: "forbidden: Friday -> Thursday, Friday; weeks: 7 -> 2".
func changes(oldPolicy, newPolicy *policy, before, after Verdict) string {
	old, now := oldPolicy.Config, newPolicy.Config
	said := changed([]detail{{"timezone", old.Timezone, ""}}, []detail{{"timezone", now.Timezone, ""}})
	said = append(said, ruleChanges(old.Rules, now.Rules)...)
	said = append(said, changed(details(old), details(now))...)
	if number(before.Lead) == number(after.Lead) { // else the pages differ for that alone
		said = append(said, changed(pageDetails(oldPolicy.pages), pageDetails(newPolicy.pages))...)
	}
	said = append(said, changed([]detail{{"weeks", number(before.Lead), ""}}, []detail{{"weeks", number(after.Lead), ""}})...)
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, "; ")
}

// A detail is one thing that a configuration says: in words, or where that takes too many
// as data, of which a change is told and no more.
type detail struct{ name, words, data string }

// details lists what is not worth more than a word.
func details(c *schema.Config) []detail {
	return []detail{
		{"source", "", data(c.Source)}, {"history", "", data(c.History)}, {"poll", "", data(c.Poll)},
		{"display", "", data(c.Display)}, {"brightness", "", data(c.Brightness)},
	}
}

func ruleDetails(r *rules.Rule) []detail {
	return []detail{
		{"forbidden", Windows(r.Forbid), ""},
		{"measure", string(r.Measure), ""},
		{"count", string(r.Count), ""},
		{"since", r.Since.String(), ""},
		{"outcomes", list(r.Outcomes), ""},
		{"projects", list(r.Projects), ""},
		{"environments", list(r.Environments), ""},
		{"exceptions", fmt.Sprint(len(r.Except)), data(r.Except)},
	}
}

func pageDetails(pages []schema.Page) []detail {
	texts := make([]string, len(pages))
	for i, p := range pages {
		texts[i] = fmt.Sprintf("%q", p.Text)
	}
	return []detail{{"pages", list(texts), data(pages)}}
}

// changed says which details differ.
func changed(old, now []detail) (said []string) {
	for i, is := range now {
		switch was := old[i]; {
		case was.words != is.words:
			said = append(said, fmt.Sprintf("%s: %s -> %s", is.name, orNone(was.words), orNone(is.words)))
		case was.data != is.data:
			said = append(said, is.name+" changed")
		}
	}
	return said
}

// ruleChanges says what becomes of each rule. Names are left out where there is
// one rule and it keeps its name.
func ruleChanges(old, now []rules.Rule) []string {
	only := len(old) == 1 && len(now) == 1
	var said []string
	for i := range now {
		r := &now[i]
		was := ruleNamed(old, r.Name)
		if was == nil {
			said = append(said, fmt.Sprintf("rule %q: new, forbidden: %s", r.Name, Windows(r.Forbid)))
			continue
		}
		change := strings.Join(changed(ruleDetails(was), ruleDetails(r)), "; ")
		if change != "" && !only {
			change = fmt.Sprintf("rule %q: %s", r.Name, change)
		}
		if change != "" {
			said = append(said, change)
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

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func list[T any](items []T) string {
	said := make([]string, len(items))
	for i, item := range items {
		said[i] = fmt.Sprint(item)
	}
	return strings.Join(said, ", ")
}
