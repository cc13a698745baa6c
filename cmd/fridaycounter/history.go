package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
)

func (p *program) historyCommand() *cobra.Command {
	cmd := p.historyListCommand()
	cmd.AddCommand(p.historyImportCommand(), p.historyRetireCommand(), p.historyRenameSourceCommand(), p.historyCheckCommand(), p.historyForgetLoginCommand())
	return cmd
}

func (p *program) readHistory(ctx context.Context, f func(*history.Store) error) error {
	path, err := p.historyPath()
	if err != nil {
		return err
	}
	return state.Read(ctx, path, f)
}

func (p *program) writeHistory(ctx context.Context, f func(*history.Store) error) error {
	path, err := p.historyPath()
	if err != nil {
		return err
	}
	return state.Write(ctx, path, f)
}

func (p *program) historyCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check the whole history, and say what it has",
		Long: `Check the whole history, and say what it has. It changes nothing, and run may go on
meanwhile. A damaged history is an error with its path and what to do.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.readHistory(cmd.Context(), func(file *history.Store) error { return p.check(cmd.Context(), file) })
		},
	}
}

func (p *program) check(ctx context.Context, file *history.Store) error {
	if err := file.Check(ctx); err != nil {
		return err
	}
	keys, err := file.Sources(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "ok: %s is sound\n", file.Path())
	for _, key := range keys {
		known, err := file.Load(ctx, key)
		if err != nil {
			return err
		}
		asked := "was never read whole"
		if !known.Good.IsZero() {
			asked = "last read whole on " + known.Good.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(p.stdout, "  %s %s: %s, %s\n", key.Name, key.Address, report.Plural(known.Size(), "deployment"), asked)
	}
	return nil
}

func (p *program) historyForgetLoginCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "forget-login",
		Short: "Let the login that the server refused be tried again",
		Long: `Let the login that the server refused be tried again: after an administrator unlocked
the account, say. Without it a refused login is not sent again until it changes, also
not after a restart, since Bamboo locks accounts after three failures. Stop run first.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.writeHistory(cmd.Context(), func(file *history.Store) error {
				return file.SaveLockouts(cmd.Context(), nil)
			})
		},
	}
}

func (p *program) historyRetireCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "retire ID",
		Short: "Say that an environment which the source lists no more is gone for good",
		Long: `Say that an environment which the source lists no more is gone for good, so that it is
not stale any more. ID is its id at the source, or SOURCE/ID. Nothing is forgotten: what is
known of it counts on. When the source lists it again, it is as if nothing was said.

Stop run first: one process at a time may write.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.retire(cmd.Context(), args[0])
		},
	}
}

func (p *program) retire(ctx context.Context, id string) error {
	policy, err := p.policy(ctx, p.configPath())
	if err != nil {
		return err
	}
	return p.writeHistory(ctx, func(file *history.Store) error {
		all, err := load(ctx, file, policy.Policy)
		if err != nil {
			return err
		}
		var found []source.Known
		for _, known := range all {
			if known.Environment(id) != nil {
				found = append(found, known)
			} else if name, rest, ok := strings.Cut(id, "/"); ok && name == known.Name && known.Environment(rest) != nil {
				found, id = []source.Known{known}, rest
				break
			}
		}
		switch {
		case len(found) == 0:
			return fmt.Errorf("no environment has the id %q (hint: fridaycounter explain prints the line for each that is gone)", id)
		case len(found) > 1:
			return fmt.Errorf("environments of %d sources have the id %q: want SOURCE/ID", len(found), id)
		}
		known, changes, err := facts.Retire(found[0], id, clock())
		if err != nil {
			return err
		}
		if err := file.Save(ctx, &known, changes); err != nil {
			return err
		}
		e := known.Environment(id)
		_, err = fmt.Fprintf(p.stdout, "%s of %s (id %s) is retired; its deployments count on\n", e.Name, e.Project, e.ID)
		return err
	})
}

func (p *program) historyRenameSourceCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rename-source OLD NEW",
		Short: "Say that a source has another name or address now",
		Long: `Say that a source has another name or address now, so that what is known of it counts
on. OLD and NEW are a name, a blank and an address, as "fridaycounter history check" lists
them:

  fridaycounter history rename-source "bamboo old.example.com" "bamboo ci.example.com/bamboo"

Stop run first: one process at a time may write.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, err := parseKey(args[0])
			if err != nil {
				return err
			}
			to, err := parseKey(args[1])
			if err != nil {
				return err
			}
			return p.writeHistory(cmd.Context(), func(file *history.Store) error {
				return file.RenameSource(cmd.Context(), from, to)
			})
		},
	}
}

// parseKey reads a source as history check lists it. A scheme is taken off.
func parseKey(text string) (source.Key, error) {
	name, address, _ := strings.Cut(text, " ")
	if _, rest, hasScheme := strings.Cut(address, "://"); hasScheme {
		address = rest
	}
	if name == "" || address == "" {
		return source.Key{}, fmt.Errorf("%q is not a source: want its name and address, like \"bamboo ci.example.com\" (hint: fridaycounter history check lists them)", text)
	}
	return source.Key{Name: name, Address: strings.TrimRight(address, "/")}, nil
}
