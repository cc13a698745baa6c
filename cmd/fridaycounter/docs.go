//go:build docs

package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/schema"
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

// writeDocs writes a page for each command, dated by the commit, that of counter.cue, and what
// "completion" prints.
func writeDocs(dir string) error {
	root := newRoot(new(globals), machine{})
	root.DisableAutoGenTag = true
	completion, _, err := root.Find([]string{"completion"})
	if err != nil {
		return err
	}
	completion.Hidden = true
	return errors.Join(writePages(root, dir), writePolicyPage(filepath.Join(dir, "counter.cue.5")),
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
	if cmd.HasSubCommands() {
		cmd.Use += " [COMMAND]"
	}
	text, exit, ok := strings.Cut(cmd.Long, "Exit codes: ")
	if !ok {
		exit = topic(cmd, "exit-codes")
	}
	cmd.Long = block(text)
	sections := block(fmt.Sprintf("## EXIT STATUS\n\n%s\n\n## ENVIRONMENT\n\n%s\n\n## FILES\n\n%s\n", exit, topic(cmd, "environment"), topic(cmd, "files")))

	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	title := strings.ToUpper(name)
	if len(title) > longestTitle {
		_, title, _ = strings.Cut(title, "-")
	}
	date := build.Time()
	var page bytes.Buffer
	// The foot has no room for a version like 0.0.0~git20261127023000.62622ce0aaaa.
	err := doc.GenMan(cmd, &doc.GenManHeader{
		Title: title, Section: "1", Date: &date, Source: "fridaycounter", Manual: "Friday counter",
	}, &page)
	if err != nil {
		return err
	}
	before, after, _ := strings.Cut(page.String(), "\n.SH EXAMPLE\n")
	text = before + string(md2man.Render([]byte(sections))) + "\n.SH EXAMPLES\n" + strings.TrimSpace(after) + ", \\fBcounter.cue(5)\\fP\n"
	return os.WriteFile(filepath.Join(dir, name+".1"), []byte(text), 0o644)
}

// topic returns the text of a topic of --help.
func topic(cmd *cobra.Command, name string) string {
	c, _, err := cmd.Root().Find([]string{name})
	cobra.CheckErr(err)
	return c.Long
}

// block makes a block in Markdown of what --help shows indented by two spaces.
func block(text string) string { return strings.ReplaceAll(text, "\n  ", "\n    ") }

// policyPage is the page of counter.cue, as a template.
//
//go:embed manual.5
var policyPage string

// writePolicyPage writes the page of counter.cue, with the fields that the schema has.
func writePolicyPage(name string) error {
	definitions, err := schema.Manual()
	if err != nil {
		return err
	}
	escape := strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n.", "\n\\&.", "\n'", "\n\\&'", "\t", "  ").Replace
	page, err := template.New("counter.cue").Funcs(template.FuncMap{"roff": escape}).Parse(policyPage)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = page.Execute(&b, map[string]any{"Date": build.Time().Format("Jan 2006"), "Definitions": definitions})
	return errors.Join(err, os.WriteFile(name, b.Bytes(), 0o644))
}
