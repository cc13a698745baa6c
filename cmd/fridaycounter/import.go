package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/importfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/query"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
)

func importCommand(g *globals) *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use:   "import FILE.jsonl",
		Short: "Add deployments that the source has forgotten",
		Long: `Add deployments that the policy's source has forgotten, from a file of JSON Lines
as "source: file" reads it, or as history --format json prints it; - is standard input.
Either all of the file is added, or nothing. Deployments that are known already stay as
they are.

A line belongs to the environment that its environment_id names, or else to the known
one with its project and environment. --complete-from DATE says that the file has every
deployment of its environments since that day, so that the number may reach back as
far; without it, the number can only become smaller.

Stop run first: one process at a time may write.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, err := readPolicy(cmd, g.policyPath())
			if err != nil {
				return err
			}
			from, err := query.ParseInstant("--complete-from", since, policy.Zone)
			if err != nil {
				return err
			}
			list, err := readImport(cmd, args[0])
			if err != nil {
				return err
			}
			return g.addImport(cmd, policy.Sources[0].Key, list, from)
		},
	}
	cmd.Flags().StringVar(&since, "complete-from", "", "the `date` from which the file has everything")
	return cmd
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

// addImport adds deployments to what the history has of a source, all since from unless that is
// zero.
func (g *globals) addImport(cmd *cobra.Command, key source.Key, list []rules.Deployment, from time.Time) error {
	return state.Write(cmd.Context(), g.historyPath(), func(file *history.Store) error {
		known, err := file.Load(cmd.Context(), key)
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
		read, added := importfile.Runs(list), next.Size()-known.Size()
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s read, %d new, %d known already\n", report.Plural(read, "deployment"), added, read-added)
		return err
	})
}
