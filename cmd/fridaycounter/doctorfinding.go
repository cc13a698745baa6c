package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A condition is how a check ended.
type condition string

const (
	condOK   condition = "ok"
	condWarn condition = "warn" // works, but somebody should look
	condFail condition = "fail"
	condSkip condition = "skip" // could not be made here
)

// A finding is what one check found.
type finding struct {
	Check string    `json:"check"`
	State condition `json:"state"`
	Found string    `json:"found"` // for skip: why
	Hint  string    `json:"hint"`  // what to do; "" where nothing is
}

func okay(check, format string, args ...any) finding {
	return finding{check, condOK, fmt.Sprintf(format, args...), ""}
}

func warning(check, hint, format string, args ...any) finding {
	return finding{check, condWarn, fmt.Sprintf(format, args...), hint}
}

func failure(check, hint, format string, args ...any) finding {
	return finding{check, condFail, fmt.Sprintf(format, args...), hint}
}

func skipped(check, format string, args ...any) finding {
	return finding{check, condSkip, fmt.Sprintf(format, args...), ""}
}

// skipAll skips checks for one reason.
func skipAll(why string, checks ...string) (all []finding) {
	for _, check := range checks {
		all = append(all, skipped(check, "%s", why))
	}
	return all
}

// The layout of a chart, in columns.
const (
	chartWidth = 80
	stateWidth = 4
	checkWidth = 13
	textIndent = stateWidth + 2 + checkWidth + 1
)

// A chart is what doctor found, printed as it is found.
type chart struct {
	w        io.Writer
	quiet    bool // nothing is printed: JSON follows
	findings []finding
	err      error // of the first write that went wrong
}

func (c *chart) add(findings ...finding) {
	for _, f := range findings {
		f.Found, f.Hint = plain(f.Found), plain(f.Hint)
		c.findings = append(c.findings, f)
		if c.quiet || c.err != nil {
			continue
		}
		_, c.err = io.WriteString(c.w, f.String())
	}
}

// String returns the lines of a finding, none wider than chartWidth unless a word is.
func (f finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  %-*s ", stateWidth, f.State, checkWidth, f.Check)
	wrap(&b, f.Found)
	if f.Hint != "" {
		b.WriteString(strings.Repeat(" ", textIndent))
		wrap(&b, "-> "+f.Hint)
	}
	return b.String()
}

// wrap writes words behind the columns before them, and ends the line.
func wrap(b *strings.Builder, text string) {
	column := textIndent
	for i, word := range strings.Fields(text) {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+width > chartWidth:
			b.WriteString("\n" + strings.Repeat(" ", textIndent))
			column = textIndent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += width
	}
	b.WriteByte('\n')
}

// plain keeps what a server says from steering the terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// code returns the exit code by the worst finding.
func (c *chart) code() int {
	code := exitOK
	for _, f := range c.findings {
		switch f.State {
		case condFail:
			return exitFailed
		case condWarn:
			code = exitWarned
		}
	}
	return code
}
