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

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// maxDescribed bounds the rules that Describe names.
const maxDescribed = 3

// Describe says what a configuration forbids, in one line. The loop logs it before the first picture,
// so it does without the templates.
func Describe(c *schema.Config) string {
	line := ""
	for i, r := range c.Rules {
		if i == maxDescribed {
			line += fmt.Sprintf("and %s; ", Plural(len(c.Rules)-i, "more rule"))
			break
		}
		line += fmt.Sprintf("%s: forbidden: %s; ", r.Name, Windows(r.Forbid))
	}
	return line + "timezone: " + c.Timezone
}

// Vetted says what vet has checked: the policy in a line, and the scenarios in another if there are any.
func Vetted(path string, c *schema.Config, scenarios int) string {
	windows := 0
	for _, r := range c.Rules {
		windows += len(r.Forbid)
	}
	return text("vetted", 0, struct {
		*schema.Config
		Path               string
		Windows, Scenarios int
	}{c, path, windows, scenarios})
}

// VettedWall says what vet has checked of a wall.cue.
func VettedWall(path string, w *schema.Wall) string {
	return text("vetted wall", 0, struct {
		*schema.Wall
		Path    string
		Modules int
	}{w, path, w.Display.Columns * w.Display.Rows})
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
	for _, d := range NewDiff(c.Old, c.New, c.Before, c.After, c.New.Environments(c.Known)).Rules {
		breaches := d.Breaches()
		if len(breaches) == 0 {
			continue
		}
		log.Info("the file changes the breaches of a rule", "rule", d.String())
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
	without := func(keys, others []source.Key) []source.Key {
		return slices.DeleteFunc(slices.Clone(keys), func(k source.Key) bool { return slices.Contains(others, k) })
	}
	gone := without(old.Keys(), now.Keys())
	for _, k := range without(now.Keys(), old.Keys()) {
		text := fmt.Sprintf("source %q is new, so nothing is known of it yet", k.Name)
		for _, was := range gone {
			if was.Name == k.Name || was.Address == k.Address {
				text += fmt.Sprintf(" (hint: if it is the same as before: fridaycounter history rename-source %q %q)",
					was.Name+" "+was.Address, k.Name+" "+k.Address)
			}
		}
		list = append(list, text)
	}
	for _, k := range gone {
		list = append(list, fmt.Sprintf("source %q is not read any more (%s %s)", k.Name, k.Name, k.Address))
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
