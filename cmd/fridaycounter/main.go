//go:build !docs

// Fridaycounter shows on LED matrices for how many weeks a team has kept its
// rule not to deploy on a Friday. README.md says how to use it.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // a bare image has no zones

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
)

func main() { os.Exit(run()) }

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
