// Package report is what people and programs read of the counter: its sentences, tables
// and JSON forms, each once. A value of engine or rules goes in, and a text or a struct for
// encoding/json comes out. Times are in the zone of the policy; in JSON what is not known
// is null.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/rules"
)

// WriteJSON writes the JSON of a value, indented.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Printable returns a text that does not steer a terminal, whoever it comes from: all but
// newlines and tabs are escaped as [source.Text] does.
func Printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteString(source.TextOf(string(r), 16))
		}
	}
	return b.String()
}

// Day returns an instant as a person says it.
func Day(t time.Time) string { return t.Format("Monday 2 January 2006, 15:04 MST") }

// Plural returns a number and its noun: "1 breach", "2 breaches".
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") || strings.HasSuffix(noun, "ch") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Sentence returns the number of the rule that leads, and since when.
func Sentence(v engine.Verdict) string { return StreakSentence(v.Lead, v.At.Location()) }

// StreakSentence returns a rule's number and since when.
func StreakSentence(s rules.Streak, zone *time.Location) string {
	switch {
	case !s.InForce:
		return "not in force yet"
	case !s.Known:
		return Weeks(s)
	}
	return fmt.Sprintf("%s since %s", Weeks(s), Day(s.Since.In(zone)))
}

// Environment names an environment: "shop/Production (id 1)".
func Environment(e *rules.Environment) string {
	return fmt.Sprintf("%s/%s (id %s)", e.Project, e.Name, e.ID)
}

// Known returns an instant in a zone, or nil for none.
func Known(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

// each returns the form of each element of a list, which in JSON is never null.
func each[T, F any](list []T, form func(T) F) []F {
	all := make([]F, len(list))
	for i, x := range list {
		all[i] = form(x)
	}
	return all
}
