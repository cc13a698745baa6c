package doctor

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
)

// A State says how a check ended.
type State string

// The states.
const (
	OK   State = "ok"
	Warn State = "warn" // it works, but somebody should look
	Fail State = "fail"
	Skip State = "skip" // it could not be checked here
)

// A Finding is what one check found.
type Finding struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Found string `json:"found"` // for Skip: why
	Hint  string `json:"hint"`  // what to do; "" if nothing is
}

// ExitCode returns the exit code of doctor: 1 if a check failed, 2 if there are only warnings, else 0.
func ExitCode(findings []Finding) (code int) {
	for _, f := range findings {
		switch f.State {
		case Fail:
			return 1
		case Warn:
			code = 2
		}
	}
	return code
}

func okay(format string, args ...any) Finding {
	return Finding{State: OK, Found: fmt.Sprintf(format, args...)}
}

func warning(hint, format string, args ...any) Finding {
	return Finding{State: Warn, Found: fmt.Sprintf(format, args...), Hint: hint}
}

func failure(hint, format string, args ...any) Finding {
	return Finding{State: Fail, Found: fmt.Sprintf(format, args...), Hint: hint}
}

func skipped(format string, args ...any) Finding {
	return Finding{State: Skip, Found: fmt.Sprintf(format, args...)}
}

// The layout of findings, in columns.
const (
	width  = 80
	indent = 19
)

// String returns the lines of a finding, none wider than width unless a word is.
func (f Finding) String() string {
	text := fmt.Sprintf("%-4s  %-13s%s", f.State, f.Check, wrap(f.Found))
	if f.Hint != "" {
		text += strings.Repeat(" ", indent) + wrap("-> "+f.Hint)
	}
	return text
}

// wrap breaks a text that begins at indent into lines, with a blank before each word.
func wrap(text string) string {
	var b strings.Builder
	column := indent
	for _, word := range strings.Fields(text) {
		size := 1 + utf8.RuneCountInString(word)
		if column > indent && column+size > width {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		}
		b.WriteString(" " + word)
		column += size
	}
	return b.String() + "\n"
}

// oneLine returns a text of one line that does not steer the terminal, whoever it comes from.
func oneLine(text string) string { return report.Printable(strings.Join(strings.Fields(text), " ")) }

// list joins the first of some texts, and says how many more there are.
func list(texts []string, most int, separator string) string {
	if more := len(texts) - most; more > 0 {
		texts = append(slices.Clone(texts[:most]), fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, separator)
}
