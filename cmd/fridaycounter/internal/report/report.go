// Package report is what people and programs read of the counter: its sentences, tables
// and JSON forms, each once. A value of engine or rules goes in; a text, or a struct for
// encoding/json, comes out. The struct is called like the value: Verdict is the JSON of an
// engine.Verdict. Times are in the zone of the policy. In JSON, what is not known is null.
package report

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
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

// A form makes values ready for JSON.
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

// each returns what form makes of each element of a list. It is never nil, which in JSON
// would be null.
func each[T, F any](list []T, form func(T) F) []F {
	all := make([]F, len(list))
	for i, x := range list {
		all[i] = form(x)
	}
	return all
}
