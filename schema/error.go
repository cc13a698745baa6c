package schema

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// A Diagnostic is one thing wrong with counter.cue. Its Path is as poll[0].during[0].weekdays[0], its Hint
// without parentheses.
type Diagnostic diagnose.Diagnostic

// String returns the diagnostic on one line:
//
//	counter.cue:14:35: poll[0].every: "5 m" is not a duration: want 30s, 5m or 1h
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.Position.File)
	if d.Position.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", d.Position.Line, d.Position.Column)
	}
	b.WriteString(": ")
	if d.Path != "" {
		b.WriteString(d.Path + ": ")
	}
	b.WriteString(d.Message)
	if d.Hint != "" {
		b.WriteString(" (" + d.Hint + ")")
	}
	return b.String()
}

// An Error is everything wrong with counter.cue, in the order of the file.
type Error struct {
	Diagnostics []Diagnostic // at least one
	// Display is the file's display, if that part is sound, so that the
	// displays can say that the file is refused; nil if it is not.
	Display *Display
}

// Error returns the diagnostics, one a line.
func (e *Error) Error() string {
	var b strings.Builder
	_ = e.Write(&b, false)
	return strings.TrimSuffix(b.String(), "\n")
}

// Write writes the diagnostics, one a line. With caret it puts below each the
// source line and a caret under the column, for people at a terminal.
func (e *Error) Write(w io.Writer, caret bool) error {
	var b strings.Builder
	for _, d := range e.Diagnostics {
		b.WriteString(d.String() + "\n")
		if caret && d.Line != "" {
			// Tabs stay tabs, since only the terminal knows their width.
			before := d.Line[:min(max(d.Position.Column-1, 0), len(d.Line))]
			fmt.Fprintf(&b, "    %s\n    %s^\n", d.Line, regexp.MustCompile(`[^\t]`).ReplaceAllString(before, " "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
