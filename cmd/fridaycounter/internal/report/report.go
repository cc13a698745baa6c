// Package report is what people and programs read of the counter: its sentences, tables
// and JSON forms, each once. A value of engine or rules goes in; a text, or a struct for
// encoding/json, comes out. The struct has the name of the value: Verdict is the JSON of an
// engine.Verdict. Times are in the zone of the policy. In JSON, what is not known is null.
package report

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"text/template"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// WriteJSON writes the JSON of a value, indented.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Printable returns a text that cannot steer a terminal, whoever wrote it: everything but
// newlines and tabs is escaped as [source.Text] does.
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

//go:embed texts.tmpl
var textsFile string

// texts are the templates of texts that are longer than a sentence. They use the exported fields and
// methods of the values that they get. They are parsed when first used: the child only evaluates
// CUE, and uses none.
var texts = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"weeks": Weeks, "windows": Windows, "window": window, "subject": Subject, "duration": Duration, "plural": Plural,
		"day": Day, "describe": Describe, "sentence": Sentence, "count": count, "value": valueText,
		"shown": func(n int) int { return min(n, maxItems) },
		"more":  more,
		"shell": Shell,
	}).Parse(textsFile))
})

// text executes one of texts. Between two columns it puts at least so many blanks.
func text(name string, blanks int, data any) string {
	var b strings.Builder
	columns := tabwriter.NewWriter(&b, 0, 0, blanks, ' ', 0)
	if err := errors.Join(texts().ExecuteTemplate(columns, name, data), columns.Flush()); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return b.String()
}

// maxItems bounds the items of a list.
const maxItems = 10

// more returns the line below a list of n items that shows only the first maxItems: how many of
// total are left out. It returns "" if the list shows all n.
func more(n, total int, noun string) string {
	if n <= maxItems {
		return ""
	}
	return fmt.Sprintf("  … and %d %s\n", total-maxItems, noun)
}

// A form converts values of engine and rules to their structs for JSON.
type form struct {
	zone  *time.Location
	links bool // to the CI server
}

func (f form) instant(t time.Time) *time.Time { return Instant(t, f.zone) }

// Instant returns an instant in a zone, or nil for the zero time.
func Instant(t time.Time, zone *time.Location) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.In(zone)
	return &t
}

// unique returns each element of a list once. It is never nil.
func unique[T comparable](list []T) []T {
	first := []T{}
	for _, x := range list {
		if !slices.Contains(first, x) {
			first = append(first, x)
		}
	}
	return first
}

// each converts each element of a list. It never returns nil, which in JSON would be null.
func each[T, F any](list []T, convert func(T) F) []F {
	all := make([]F, len(list))
	for i, x := range list {
		all[i] = convert(x)
	}
	return all
}
