package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/pipeline"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/schema"
)

func schemaCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "schema", RunE: g.printSchema}
	cmd.Flags().BoolVar(&g.asJSON, "json", false, "print a JSON Schema")
	return cmd
}

func (g *globals) printSchema(cmd *cobra.Command, _ []string) error {
	if g.asJSON {
		_, err := cmd.OutOrStdout().Write(schema.JSONSchema())
		return err
	}
	text, err := schema.Text()
	if err == nil {
		_, err = cmd.OutOrStdout().Write(text)
	}
	return err
}

// evaluate is the child that evaluates counter.cue within limits; see package schema.
func evaluate(cmd *cobra.Command, _ []string) error {
	return schema.Child(cmd.InOrStdin(), cmd.OutOrStdout())
}

func initCommand() *cobra.Command {
	var service string
	var wall bool
	cmd := &cobra.Command{
		Use: "init DIRECTORY",
		RunE: func(cmd *cobra.Command, args []string) error {
			if service != "" && !slices.Contains(pipeline.Services(), service) {
				return fmt.Errorf("--for %q: want %s", service, strings.Join(pipeline.Services(), ", "))
			}
			if service != "" && wall {
				return errors.New("--for: its job checks a policy (hint: without --wall)")
			}
			done, err := schema.Init(args[0], build.SemanticVersion(), wall)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.ErrOrStderr(), report.Printable(report.Installed(args[0], done)+ignoredByGit(cmd.Context(), done)))
			if service == "" {
				return nil
			}
			job, err := pipeline.Write(service, args[0])
			switch {
			case errors.Is(err, fs.ErrExist):
				fmt.Fprintln(cmd.ErrOrStderr(), "kept", job)
				return nil
			case err != nil:
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "wrote", job)
			return nil
		},
	}
	cmd.Flags().BoolVar(&wall, "wall", false, "write wall.cue, of a machine that only shows what a counter decides")
	cmd.Flags().StringVar(&service, "for", "", "also write the job that checks changes of the policy, for a CI `service`: "+strings.Join(pipeline.Services(), ", "))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("for", cobra.FixedCompletions(pipeline.Services(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// ignoredByGit returns warnings of files that a clone would not have; "" without Git or a
// repository.
func ignoredByGit(ctx context.Context, done schema.Installed) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var names strings.Builder
	for _, name := range done.Needed {
		abs, err := filepath.Abs(name)
		if err != nil {
			return ""
		}
		names.WriteString(abs + "\x00")
	}
	git := exec.CommandContext(ctx, "git", "-C", done.Root, "check-ignore", "--stdin", "-z", "--verbose")
	git.Stdin, git.WaitDelay = strings.NewReader(names.String()), time.Second
	out, err := git.Output()
	if err != nil { // also where no file is ignored
		return ""
	}
	var b strings.Builder
	for f := range slices.Chunk(strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), 4) {
		if len(f) == 4 && !strings.HasPrefix(f[2], "!") { // .gitignore, line, pattern, file
			fmt.Fprintf(&b, "warning: git ignores %s, so that a clone cannot be checked: %q in line %s of %s (hint: git add --force %s)\n",
				f[3], f[2], f[1], f[0], report.Shell(f[3]))
		}
	}
	return b.String()
}
