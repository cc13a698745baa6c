package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/fridaycounter/fridaycounter/schema"
)

// maxRefusal bounds the lines that the page shows.
const maxRefusal = 20

// refusal returns the lines that say why a file is refused. Unless details are told,
// nothing in them names the CI server, a credential or a path: what is wrong in
// source is said by its place alone.
func refusal(err error, detail bool, file func(string) string) []string {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*schema.Error](err)
	switch {
	case !ok && detail:
		return []string{err.Error()}
	case !ok:
		return []string{"the file cannot be read or evaluated; the log says why"}
	}
	var lines []string
	for i, d := range e.Diagnostics {
		if i == maxRefusal {
			lines = append(lines, fmt.Sprintf("… and %d more", len(e.Diagnostics)-i))
			break
		}
		if detail {
			lines = append(lines, d.String())
			if d.Line != "" {
				lines = append(lines, "    "+strings.TrimSpace(d.Line))
			}
			continue
		}
		d.Position.File = file(d.Position.File)
		if d.Path == "source" || strings.HasPrefix(d.Path, "source.") {
			d.Message, d.Hint = "something is wrong here; the log says what", ""
		}
		lines = append(lines, withoutPlaces(d.String()))
	}
	return lines
}

// withoutPlaces takes URLs and paths out of a text. It is the second fence: a message
// without a path in counter.cue may quote what is near.
func withoutPlaces(text string) string {
	return places().ReplaceAllString(text, "$1…")
}

// places matches a URL, and a path of two names or more.
func places() *regexp.Regexp {
	return regexp.MustCompile(`(^|[\s"'(=])([A-Za-z][A-Za-z0-9+.-]*://[^\s"')]+|/[^\s"'/]+/[^\s"')]+)`)
}
