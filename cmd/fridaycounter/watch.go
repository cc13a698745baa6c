package main

import (
	"errors"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
	"github.com/fridaycounter/fridaycounter/engine/watch"
)

// eachSave does something now, and again each time that a file is saved, until Ctrl-C, an error or
// the end of the terminal.
func eachSave(cmd *cobra.Command, path string, do func() error) error {
	if path == "-" {
		return errors.New("--watch: standard input cannot be watched; name a file")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP)
	defer stop()
	cmd.SetContext(ctx)
	for range watch.New(path, func() {}).Watch(ctx) {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// watchVet checks a policy at each save, below a line with the time.
func (g *globals) watchVet(cmd *cobra.Command, path, against string) error {
	return eachSave(cmd, path, func() error {
		w := cmd.ErrOrStderr()
		head := fmt.Sprintf("%s %s\n", clock().Format(time.TimeOnly), report.Printable(path))
		if _, err := io.WriteString(w, host.Paint(w, g.getenv, head)); err != nil {
			return err
		}
		if err := g.vet(cmd, path, against); err != nil && cmd.Context().Err() == nil {
			writeError(w, err)
		}
		return nil
	})
}

// watchSnapshot draws at each save, on standard output and into the files that are named. The glass
// keeps the last good picture; below it is the number, or what is wrong.
func (g *globals) watchSnapshot(cmd *cobra.Command, s *snapshot, draw func(*cobra.Command, *snapshot) error) error {
	out := cmd.OutOrStdout()
	look := term.Detect(host.IsTerminal(out), g.getenv)
	look.Columns = func() int { return host.Columns(out) }
	if look.Color {
		cmd.SetErr(io.Discard) // notes would be written into the picture
	}
	glass, last := term.New(out, look), led.Picture{Level: led.Off}
	err := eachSave(cmd, g.policyPath(), func() error {
		err := draw(cmd, s)
		if err == nil {
			last = led.Picture{Frame: s.Frame, Level: s.Level}
			if err = s.refused; err == nil {
				err = s.write(cmd)
			}
		}
		if cmd.Context().Err() != nil {
			return nil
		}
		text := s.Title
		if err != nil {
			writeError(cmd.ErrOrStderr(), err)
			text, _, _ = strings.Cut(report.Printable(err.Error()), "\n")
		}
		return errors.Join(glass.Caption(text), glass.Show(last))
	})
	return errors.Join(err, glass.Halt())
}
