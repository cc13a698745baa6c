package report

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/fridaycounter/fridaycounter/schema"
)

// maxRefusal bounds the lines that the page shows.
const maxRefusal = 20

// Refusal returns the lines that say why a file is refused. Unless details are told,
// nothing in them names the CI server, a credential or a path: what is wrong in
// source is said by its place alone.
func Refusal(err error, detail bool) []string {
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
		d.Position.File = ""
		if d.Path == "source" || strings.HasPrefix(d.Path, "source.") {
			d.Message, d.Hint = "something is wrong here; the log says what", ""
		}
		d.Path, d.Message, d.Hint = withoutNames(d.Path), withoutNames(d.Message), withoutNames(d.Hint)
		lines = append(lines, filepath.Base(e.Diagnostics[i].Position.File)+d.String())
	}
	return lines
}

// withoutNames takes out of a message whatever came out of the file, which may be a
// secret without its quotes, a host or a path anywhere: what is quoted, and what looks
// like one of these. What is left says what is wrong with the place before it.
func withoutNames(text string) string {
	return names().ReplaceAllStringFunc(text, func(found string) string {
		if q := found[:1]; strings.ContainsAny(q, "\"'`") {
			return q + "…" + q
		}
		return "…"
	})
}

// names matches quoted texts, URLs and regular expressions, paths, names with dots that
// do not lead to a field of the schema, and long words of letters and digits.
func names() *regexp.Regexp {
	return regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'|`[^`]*`" +
		`|[A-Za-z][A-Za-z0-9+.-]*://\S+|\S*/\S+/?\S*|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|dev|corp|local|lan|internal|intranet|home|example|test|[a-z]{2})\b|[A-Za-z0-9+_=-]{24,}`)
}
