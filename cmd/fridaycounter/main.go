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

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
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

	root := newRoot(&globals{getenv: os.Getenv}, machine{hangup: hangup, openPort: host.NewSPI().Open})
	code, err := exitCode(root.ExecuteContext(ctx))
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = policyfile.ErrInterrupted
	}
	stop() // writing the error may have to wait
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
		_ = file.Write(&b, host.IsTerminal(w)) // it cannot fail
		text = b.String()
	}
	_, _ = io.WriteString(w, report.Printable(text)) // nobody is left to be told
}

// exitWith is an error with an exit code of its own. Only err is shown; nil says nothing.
type exitWith struct {
	code int
	err  error
}

func (e exitWith) Error() string { return fmt.Sprintf("exit code %d: %v", e.code, e.err) }

func (e exitWith) Unwrap() error { return e.err }

// exitCode returns the exit code for an error, and the error to report, if any.
func exitCode(err error) (int, error) {
	if e, ok := errors.AsType[exitWith](err); ok {
		return e.code, e.err
	}
	if err != nil {
		return exitError, err
	}
	return exitOK, nil
}
