//go:build docs

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra/doc"
)

// A program that is built with the tag docs writes its manual pages and its completion
// for shells into a directory and ends. The shipped one is not built so: it would be a quarter of a megabyte larger.
func init() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: docs DIR")
		os.Exit(2)
	}
	if err := writeDocs(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(exitError)
	}
	os.Exit(exitOK)
}

// writeDocs writes a page for each command, dated by the commit, and what "completion"
// prints.
func writeDocs(dir string) error {
	root := new(program).command()
	root.DisableAutoGenTag = true
	root.CompletionOptions.HiddenDefaultCmd = true
	date := builtAt()
	err := doc.GenManTree(root, &doc.GenManHeader{
		Section: "1", Date: &date, Source: "fridaycounter " + version(), Manual: "Friday counter",
	}, dir)
	return errors.Join(err,
		root.GenBashCompletionFileV2(filepath.Join(dir, "fridaycounter.bash"), true),
		root.GenZshCompletionFile(filepath.Join(dir, "fridaycounter.zsh")),
		root.GenFishCompletionFile(filepath.Join(dir, "fridaycounter.fish"), true))
}
