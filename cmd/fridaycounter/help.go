package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/usage"
)

// helpText is what --help says, first of the program. "= " begins a group of commands, "== " a command
// or a topic. Of each, the first paragraph is for lists of commands, and the examples come last.
//
//go:embed help.txt
var helpText string

// describe gives root and the commands below it what help.txt says of them.
func describe(root *cobra.Command) {
	groups := strings.Split(helpText, "\n= ")
	setTexts(root, groups[0])
	for _, group := range groups[1:] {
		title, texts, _ := strings.Cut(group, "\n")
		root.AddGroup(&cobra.Group{ID: title, Title: title + ":"})
		for _, part := range strings.Split(texts, "\n== ")[1:] {
			name, text, _ := strings.Cut(part, "\n")
			cmd, _, err := root.Find(strings.Fields(name))
			cobra.CheckErr(err)
			setTexts(cmd, text)
			if cmd.Parent() == root {
				cmd.GroupID = title
			}
			switch {
			case name == "help":
				cmd.Args, cmd.RunE = cobra.ArbitraryArgs, help
			case cmd.HasSubCommands() && !cmd.Runnable():
				cmd.RunE = showHelp
			case !cmd.Runnable():
				cmd.SetHelpFunc(showTopic)
			}
		}
	}
}

// setTexts gives a command its texts, and has it check its arguments.
func setTexts(cmd *cobra.Command, text string) {
	text, cmd.Example, _ = strings.Cut(strings.TrimSpace(text), "\n\nExamples:\n")
	cmd.Short, cmd.Long, _ = strings.Cut(text, "\n\n")
	cmd.Args = usage.Args
}

// help shows the help of a command or topic.
func help(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) > 0 {
		err = usage.Unknown(found, rest)
	}
	if err != nil {
		return err
	}
	found.InitDefaultHelpFlag()
	return found.Help()
}

// showTopic prints what is no command.
func showTopic(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), cmd.Long) }

// showHelp is what a command does that is there for those below it only.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }
