package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/schema"
)

// The exit codes.
const (
	exitOK         = 0
	exitError      = 1
	exitStale      = 2 // of once: the number cannot be relied on
	exitForbidden  = 3 // of gate
	exitCannotTell = 4 // of gate
)

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

// writeError writes an error for a person: the lines of a bad file as they are, with
// the source on a terminal, anything else behind the program's name.
func writeError(w io.Writer, err error) {
	text := fmt.Sprintf("fridaycounter: error: %v\n", err)
	if file, ok := errors.AsType[*schema.Error](err); ok {
		var b strings.Builder
		_ = file.Write(&b, host.IsTerminal(w)) // it cannot fail
		text = b.String()
	}
	_, _ = io.WriteString(w, host.Paint(w, os.Getenv, report.Printable(text))) // nobody is left to be told
}
