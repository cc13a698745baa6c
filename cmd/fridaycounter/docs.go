//go:build docs

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
)

// main of a program that is built with the tag docs writes its manual pages and its completion for
// shells into a directory. In the shipped program that would be a quarter of a megabyte more.
func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: docs DIR")
		os.Exit(2)
	}
	if err := writeDocs(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(exitError)
	}
}

// writeDocs writes a page for each command, dated by the commit, and what "completion"
// prints.
func writeDocs(dir string) error {
	root := newRoot(new(globals), machine{})
	root.DisableAutoGenTag = true
	err := writePages(root, dir)
	return errors.Join(err,
		root.GenBashCompletionFileV2(filepath.Join(dir, "fridaycounter.bash"), true),
		root.GenZshCompletionFile(filepath.Join(dir, "fridaycounter.zsh")),
		root.GenFishCompletionFile(filepath.Join(dir, "fridaycounter.fish"), true))
}

// longestTitle is what a head of 80 columns has room for: a title on both sides of the
// manual's name.
const longestTitle = 28

// writePages writes the page of a command and of those below it.
func writePages(cmd *cobra.Command, dir string) error {
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		if err := writePages(c, dir); err != nil {
			return err
		}
	}
	if !cmd.Runnable() {
		cmd.Use += " COMMAND [flags]"
	}
	// What --help shows indented by two spaces is a block in Markdown by four.
	cmd.Long = strings.ReplaceAll(cmd.Long, "\n  ", "\n    ")

	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	title := strings.ToUpper(name)
	if len(title) > longestTitle {
		_, title, _ = strings.Cut(title, "-")
	}
	file, err := os.Create(filepath.Join(dir, name+".1"))
	if err != nil {
		return err
	}
	date := build.Time()
	// The foot has no room for a version like 0.0.0~git20261127023000.62622ce0aaaa.
	return errors.Join(doc.GenMan(cmd, &doc.GenManHeader{
		Title: title, Section: "1", Date: &date, Source: "fridaycounter", Manual: "Friday counter",
	}, file), file.Close())
}
