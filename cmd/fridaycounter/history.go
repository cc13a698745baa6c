package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/history"
)

func (p *program) historyCommand() *cobra.Command {
	cmd := p.historyListCommand()
	cmd.AddCommand(p.historyImportCommand(), p.historyCheckCommand(), p.historyForgetLoginCommand())
	return cmd
}

// readHistory calls f with the history, opened for reading.
func (p *program) readHistory(ctx context.Context, f func(*history.Store) error) error {
	path, err := p.historyPath()
	if err != nil {
		return err
	}
	file, err := history.OpenRead(ctx, path, history.Opts{})
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

// writeHistory calls f with the history, opened for writing. A file that is not
// there is made.
func (p *program) writeHistory(ctx context.Context, f func(*history.Store) error) error {
	path, err := p.historyPath()
	if err != nil {
		return err
	}
	file, err := history.Open(ctx, path, history.Opts{})
	if err != nil {
		return err
	}
	return errors.Join(f(file), file.Close())
}

func (p *program) historyCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read the whole history and verify every row",
		Long: `Read the whole history and verify every row. It changes nothing, and run may go on
meanwhile. A damaged history is an error with its path and what to do.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.readHistory(cmd.Context(), func(file *history.Store) error {
				if err := file.Check(cmd.Context()); err != nil {
					return err
				}
				return p.sum(cmd.Context(), file)
			})
		},
	}
}

// sum says what a sound history has.
func (p *program) sum(ctx context.Context, file *history.Store) error {
	sources, err := file.Sources(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "ok: %s is sound\n", file.Path())
	for _, source := range sources {
		n, err := file.Count(ctx, source, history.Filter{})
		if err != nil {
			return err
		}
		polls, err := file.Polls(ctx, source)
		if err != nil {
			return err
		}
		asked := "has never answered whole"
		if !polls.Good.IsZero() {
			asked = "last answered whole on " + polls.Good.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(p.stdout, "  %s: %s, %s\n", source, plural(int(n), "deployment"), asked)
	}
	return nil
}

func (p *program) historyForgetLoginCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forget-login",
		Short: "Let the login that Bamboo refused be tried again",
		Long: `Let the login that Bamboo refused be tried again: after the account was unlocked,
say. Without it a refused login is not sent again until it changes, also not after
a restart, since Bamboo locks accounts after three failures. Stop run first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.writeHistory(cmd.Context(), func(file *history.Store) error {
				return file.SaveLatch(cmd.Context(), nil)
			})
		},
	}
}
