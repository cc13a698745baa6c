// Fridaycounter shows on LED matrices for how many weeks a team has kept its
// rule not to deploy on a Friday. README.md tells how to use it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a bare image has no zones

	"github.com/fridaycounter/fridaycounter/schema"
)

func main() { os.Exit(run()) }

// The exit codes.
const (
	exitOK    = 0
	exitError = 1
)

// run runs one command and returns its exit code. A second Ctrl-C kills.
func run() int {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // first of all: without it a reload would kill
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	p := &program{hangup: hangup, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	code, err := exitCode(p.command().ExecuteContext(ctx))
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	stop() // what is left to do is to tell, and that may have to wait
	if err != nil {
		writeError(os.Stderr, err)
	}
	return code
}

// writeError writes an error for a person: the lines of a bad file as they are, with
// the source on a terminal, anything else behind the program's name.
func writeError(w io.Writer, err error) {
	text := fmt.Sprintf("fridaycounter: error: %v\n", err)
	if file, ok := errors.AsType[*schema.Error](err); ok {
		var b strings.Builder
		_ = file.Write(&b, isTerminal(w)) // it cannot fail
		text = b.String()
	}
	_, _ = io.WriteString(w, printable(text)) // nobody is left to be told
}

// print writes a text for people to standard output.
func (p *program) print(text string) error {
	_, err := io.WriteString(p.stdout, printable(text))
	return err
}
