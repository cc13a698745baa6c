package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/schema"
)

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "init DIRECTORY",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			done, err := schema.Init(args[0], build.SemanticVersion())
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.ErrOrStderr(), report.Printable(initReport(args[0], done)+ignoredByGit(cmd.Context(), done)))
			return nil
		},
	}
}

// initReport says what init did.
func initReport(dir string, done schema.Installed) string {
	var b strings.Builder
	switch abs, err := filepath.Abs(dir); {
	case done.Schema != "":
		fmt.Fprintf(&b, "the schema is the CUE module of version %s that %s depends on\n",
			done.Schema, filepath.Join(done.Root, "cue.mod", "module.cue"))
	case err == nil && done.Root != abs && done.Root != dir:
		fmt.Fprintf(&b, "the schema is in the CUE module of %s\n", done.Root)
	}
	wrote := done.Wrote
	if slices.Contains(wrote, filepath.Join(dir, "counter.cue")) {
		fmt.Fprintf(&b, "wrote %[1]s: edit counter.cue, then check it with: fridaycounter vet %[1]s\n", dir)
		wrote = nil
	}
	for _, list := range []struct {
		verb  string
		names []string
	}{{"kept", done.Kept}, {"wrote", wrote}, {"updated", done.Updated}} {
		for _, name := range list.names {
			fmt.Fprintf(&b, "%s %s\n", list.verb, name)
		}
	}
	if done.Schema == "" && len(done.Wrote)+len(done.Updated) == 0 {
		b.WriteString("the schema is up to date\n")
	}
	for _, w := range done.Warnings {
		b.WriteString("warning: " + w + "\n")
	}
	return b.String()
}

// ignoredByGit warns of files that a clone would not have. Without Git or a repository
// there is nothing to say.
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
			fmt.Fprintf(&b, "warning: git ignores %s, so that a clone cannot be checked: %q in line %s of %s (hint: git add --force %[1]s)\n",
				f[3], f[2], f[1], f[0])
		}
	}
	return b.String()
}
