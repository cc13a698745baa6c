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
	old, now := oldPolicy.config, newPolicy.config
	var said []string
	add := func(what, from, to string) {
		if from != to {
			said = append(said, fmt.Sprintf("%s: %s -> %s", what, from, to))
		}
	}
	add("timezone", old.Timezone, now.Timezone)
	said = append(said, ruleChanges(old.Rules, now.Rules)...)
	for _, part := range parts(old, now) {
		if !same(part.old, part.now) {
			said = append(said, part.name+" changed")
		}
	}
	if number(before.Lead) == number(after.Lead) { // else they differ for that alone
		said = append(said, pageChanges(oldPolicy.pages, newPolicy.pages)...)
	}
	add("weeks", number(before.Lead), number(after.Lead))
	if len(said) == 0 {
		return "none"
	}
	return strings.Join(said, "; ")
}

// pageChanges says which texts change, or that only their looks do.
func pageChanges(old, now []schema.Page) []string {
	text := func(p schema.Page) string { return fmt.Sprintf("%q", p.Text) }
	from, to := list(each(old, text)), list(each(now, text))
	switch {
	case from != to:
		return []string{fmt.Sprintf("pages: %s -> %s", from, to)}
	case !slices.Equal(old, now):
		return []string{"pages changed"}
	}
	return nil
}

func each[T, U any](items []T, f func(T) U) []U {
	made := make([]U, len(items))
	for i, item := range items {
		made[i] = f(item)
	}
	return made
}

type part struct {
	name     string
	old, now any
}

// parts lists what is not worth more than a word.
func parts(old, now *schema.Config) []part {
	return []part{
		{"source", old.Source, now.Source},
		{"history", old.History, now.History},
		{"poll", unplaced(old.Poll), unplaced(now.Poll)},
		{"display", old.Display, now.Display},
		{"brightness", unplaced(old.Brightness), unplaced(now.Brightness)},
	}
}

// unplaced returns a copy of v as data without its positions in the file, which
// move when a line is added above.
func unplaced(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var plain any
	if json.Unmarshal(data, &plain) != nil {
		return nil
	}
	return withoutSource(plain)
}

func withoutSource(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "Source")
		for k := range v {
			v[k] = withoutSource(v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutSource(v[i])
		}
	}
	return v
}

func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// ruleChanges says what becomes of each rule. Names are left out where there is
// one rule and it keeps its name.
func ruleChanges(old, now []rules.Rule) []string {
	find := func(list []rules.Rule, name string) *rules.Rule {
		if i := slices.IndexFunc(list, func(r rules.Rule) bool { return r.Name == name }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	only := len(old) == 1 && len(now) == 1
	var said []string
	for i := range now {
		r := &now[i]
		if was := find(old, r.Name); was == nil {
			said = append(said, fmt.Sprintf("rule %q: new, forbidden: %s", r.Name, Windows(r.Forbid)))
		} else if change := ruleChange(was, r); change != "" {
			if !only {
				change = fmt.Sprintf("rule %q: %s", r.Name, change)
			}
			said = append(said, change)
		}
	}
	for i := range old {
		if find(now, old[i].Name) == nil {
			said = append(said, fmt.Sprintf("rule %q: gone", old[i].Name))
		}
	}
	return said
}

func ruleChange(old, now *rules.Rule) string {
	var said []string
	add := func(what, from, to string) {
		if from != to {
			said = append(said, fmt.Sprintf("%s: %s -> %s", what, orNone(from), orNone(to)))
		}
	}
	add("forbidden", Windows(old.Forbid), Windows(now.Forbid))
	add("measure", string(old.Measure), string(now.Measure))
	add("count", string(old.Count), string(now.Count))
	add("since", old.Since.String(), now.Since.String())
	add("outcomes", list(old.Outcomes), list(now.Outcomes))
	add("projects", list(old.Projects), list(now.Projects))
	add("environments", list(old.Environments), list(now.Environments))
	add("exceptions", fmt.Sprint(len(old.Except)), fmt.Sprint(len(now.Except)))
	if len(old.Except) == len(now.Except) && !same(unplaced(old.Except), unplaced(now.Except)) {
		said = append(said, "exceptions changed")
	}
	return strings.Join(said, "; ")
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
