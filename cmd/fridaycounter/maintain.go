package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/importfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/facts"
	"github.com/fridaycounter/fridaycounter/rules"
)

// maintenance returns the commands that change or check the history.
func maintenance(g *globals) []*cobra.Command {
	return []*cobra.Command{
		importCommand(g),
		{Use: "retire ID", RunE: g.retire},
		{Use: "rename-source OLD NEW", RunE: g.renameSource},
		{Use: "check", RunE: g.checkHistory},
		{Use: "forget-login", RunE: g.forgetLogin},
	}
}

// write calls change with the history, opened for writing.
func (g *globals) write(cmd *cobra.Command, change func(*history.Store) error) error {
	return state.Write(cmd.Context(), g.historyPath(), change)
}

func importCommand(g *globals) *cobra.Command {
	var sourceName, completeFrom string
	cmd := &cobra.Command{
		Use: "import FILE.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.addFile(cmd, args[0], sourceName, completeFrom)
		},
	}
	cmd.Flags().StringVar(&sourceName, "source", "", "the `name` of the source, where the policy has several")
	cmd.Flags().StringVar(&completeFrom, "complete-from", "", "the `date` from which the file has everything")
	return cmd
}

// addFile adds the deployments of a file to a source's in the history.
func (g *globals) addFile(cmd *cobra.Command, path, sourceName, completeFrom string) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	name, err := sources.Choose(policy.Config, sourceName)
	if err != nil {
		return err
	}
	from, err := query.ParseInstant("--complete-from", completeFrom, policy.Zone)
	if err != nil {
		return err
	}
	list, err := readImport(cmd, path)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(policy.Keys(), func(k source.Key) bool { return k.Name == name })
	return g.write(cmd, func(file *history.Store) error {
		known, err := file.Load(cmd.Context(), policy.Keys()[i])
		if err != nil {
			return err
		}
		next, changes, notes, err := importfile.Add(known, list, from, clock())
		if err != nil {
			return err
		}
		for _, n := range notes {
			note(cmd, n.Text)
		}
		if err := file.Save(cmd.Context(), &next, changes); err != nil {
			return err
		}
		read, added := len(list), next.Size()-known.Size()
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s read, %d new, %d known already\n", report.Plural(read, "deployment"), added, read-added)
		return err
	})
}

// readImport reads the deployments of a file, or of standard input for "-".
func readImport(cmd *cobra.Command, path string) ([]rules.Deployment, error) {
	file, err := policyfile.Open(cmd.Context(), path, cmd.InOrStdin(), importfile.MaxSize)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if path == "-" {
		path = "standard input"
	}
	return importfile.Read(cmd.Context(), file, path)
}

func (g *globals) retire(cmd *cobra.Command, args []string) error {
	policy, err := readPolicy(cmd, g.policyPath())
	if err != nil {
		return err
	}
	return g.write(cmd, func(file *history.Store) error {
		all, err := state.Load(cmd.Context(), file, policy.Keys())
		if err != nil {
			return err
		}
		known, id, err := query.FindEnvironment(all, args[0])
		if err != nil {
			return err
		}
		known, changes, err := facts.Retire(known, id, clock())
		if err != nil {
			return err
		}
		if err := file.Save(cmd.Context(), &known, changes); err != nil {
			return err
		}
		e := known.Environment(id)
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s (id %s) is retired; its deployments still count\n", e.Name, e.Project, e.ID)
		return err
	})
}

func (g *globals) renameSource(cmd *cobra.Command, args []string) error {
	from, err := query.ParseKey(args[0])
	if err != nil {
		return err
	}
	to, err := query.ParseKey(args[1])
	if err != nil {
		return err
	}
	return g.write(cmd, func(file *history.Store) error { return file.RenameSource(cmd.Context(), from, to) })
}

func (g *globals) forgetLogin(cmd *cobra.Command, _ []string) error {
	return g.write(cmd, func(file *history.Store) error { return file.SaveLockouts(cmd.Context(), nil) })
}

func (g *globals) checkHistory(cmd *cobra.Command, _ []string) error {
	return state.Read(cmd.Context(), g.historyPath(), func(file *history.Store) error {
		if err := file.Check(cmd.Context()); err != nil {
			return err
		}
		keys, err := file.Sources(cmd.Context())
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "ok: %s is sound\n", file.Path())
		for _, key := range keys {
			known, err := file.Load(cmd.Context(), key)
			if err != nil {
				return err
			}
			polled := "was never read completely"
			if !known.Good.IsZero() {
				polled = "last read completely on " + known.Good.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "  %s %s: %s, %s\n", key.Name, key.Address, report.Plural(known.Size(), "deployment"), polled)
		}
		return nil
	})
}
