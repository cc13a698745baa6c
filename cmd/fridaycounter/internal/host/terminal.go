package host

import (
	"cmp"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"

	xterm "golang.org/x/term"

	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// IsTerminal reports whether an output is a terminal.
func IsTerminal(output any) bool {
	f, ok := output.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Columns returns the width of an output, if it is a terminal; else 0.
func Columns(output any) int {
	f, ok := output.(*os.File)
	if !ok {
		return 0
	}
	width, _, _ := xterm.GetSize(int(f.Fd())) // 0 where it is none
	return width
}

// A Color is the escape code that begins a colour.
type Color string

// The colours.
const (
	Red    Color = "\x1b[31m"
	Green  Color = "\x1b[32m"
	Yellow Color = "\x1b[33m"
	Dim    Color = "\x1b[2m"
)

// Mark returns a text in the colour.
func (c Color) Mark(text string) string { return string(c) + text + "\x1b[0m" }

// marks are the words that Paint marks: those of this program, at the beginning of a line, where no
// text from outside stands.
var marks = []struct {
	color Color
	words *regexp.Regexp
}{
	{Green, regexp.MustCompile(`(?m)^(ok|yes)[: ]|^  - |\A.+? is good,`)},
	{Red, regexp.MustCompile(`(?m)^(FAIL|fail|no)[: ]|^  \+ |\Afridaycounter: error:|^    [ \t]*\^$`)},
	{Yellow, regexp.MustCompile(`(?m)^warn |\Afridaycounter: note:`)},
	{Dim, regexp.MustCompile(`(?m)^skip |^BEGAN .*$|\A\d\d:\d\d:\d\d .*$`)},
}

// Paint returns a text for an output. Where Colored says so, words that judge are marked.
func Paint(output any, getenv func(string) string, text string) string {
	if !Colored(output, getenv) {
		return text
	}
	for _, m := range marks {
		text = m.words.ReplaceAllStringFunc(text, m.color.Mark)
	}
	return text
}

// Colored reports whether an output gets colours: a terminal, without NO_COLOR and TERM=dumb.
func Colored(output any, getenv func(string) string) bool {
	return term.Detect(IsTerminal(output), getenv).Color
}

// lessPager fails as a shell does where there is no less, and says nothing.
const lessPager = "command -v less >/dev/null || exit 127; exec less -FRX"

// Page writes a text. On a terminal the pager of $PAGER does, or less, as git's: it ends by itself
// where the text fits the screen. Where there is none, the text is written as it is.
func Page(output io.Writer, getenv func(string) string, text string) error {
	if IsTerminal(output) && getenv("TERM") != "dumb" {
		interrupt := make(chan os.Signal, 1) // Ctrl-C is for the pager
		signal.Notify(interrupt, os.Interrupt)
		defer signal.Stop(interrupt)
		pager := exec.Command("sh", "-c", cmp.Or(getenv("PAGER"), lessPager))
		pager.Env = append([]string{"LESS=FRX"}, os.Environ()...) // the last one of a name counts
		pager.Stdin, pager.Stdout, pager.Stderr = strings.NewReader(text), output, os.Stderr
		err := pager.Run()
		if e, ok := errors.AsType[*exec.ExitError](err); err == nil || ok && e.ExitCode() != 127 {
			return nil
		}
	}
	_, err := io.WriteString(output, text)
	return err
}
