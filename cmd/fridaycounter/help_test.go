package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelpTexts checks that help.txt has a text for each command, and for nothing else, and that
// its examples are commands that are taken: in their arguments and flags, not in what they do.
func TestHelpTexts(t *testing.T) {
	root := newRoot(new(globals), machine{})
	commands := 0
	var check func(*cobra.Command)
	check = func(cmd *cobra.Command) {
		if strings.HasPrefix(cmd.CommandPath(), "fridaycounter completion ") {
			return // cobra's
		}
		if commands++; cmd.Short == "" {
			t.Errorf("help.txt lacks %s", cmd.CommandPath())
		}
		if cmd.Runnable() && !cmd.Hidden {
			checkExamples(t, cmd)
		}
		for _, c := range cmd.Commands() {
			check(c)
		}
	}
	check(root)
	if texts := 1 + strings.Count(helpText, "\n== "); texts != commands {
		t.Errorf("help.txt has %d texts, want one for each of %d commands", texts, commands)
	}
}

// checkExamples parses each line of a command's examples that begins with the program's name, or has
// it behind a pipe.
func checkExamples(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	own := 0
	for _, line := range regexp.MustCompile(`\bfridaycounter ((?:[^'"|&<>)]|"[^"]*")+)`).FindAllStringSubmatch(cmd.Example, -1) {
		var args []string
		for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(strings.SplitN(line[1], "\n", 2)[0], -1) {
			args = append(args, strings.Trim(word, `"`))
		}
		if args[0] == "fridaycounter" { // the user, of sudo -u
			args = args[1:]
		}
		found, rest, err := newRoot(new(globals), machine{}).Find(args)
		if err == nil {
			found.InitDefaultHelpFlag()
			err = found.ParseFlags(rest)
		}
		if err == nil {
			err = found.ValidateArgs(found.Flags().Args())
		}
		if err != nil {
			t.Errorf("%s: %q: %v", cmd.CommandPath(), line[0], err)
		}
		if strings.HasPrefix(found.CommandPath(), cmd.CommandPath()) {
			own++
		}
	}
	if own == 0 {
		t.Errorf("%s has no example of itself", cmd.CommandPath())
	}
}

// TestUsageErrors checks what is said of a command line that is wrong: a line, with what was meant.
func TestUsageErrors(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"wall", `unknown command "wall" (hint: fridaycounter --help lists all)`},
		{"explan", `unknown command "explan" (hint: did you mean explain? fridaycounter --help lists all)`},
		{"snap --png x.png", `unknown command "snap" (hint: did you mean snapshot? fridaycounter --help lists all)`},
		{"source tyr", `unknown command "tyr" (hint: did you mean try? fridaycounter source --help lists all)`},
		{"history chek --force", `unknown command "chek" (hint: did you mean check? fridaycounter history --help lists all)`},
		{"completion fsh", `unknown command "fsh" (hint: did you mean fish? fridaycounter completion --help lists all)`},
		{"help history chek", `unknown command "chek" (hint: did you mean check? fridaycounter history --help lists all)`},
		{"once --jsn", `unknown flag: --jsn (hint: did you mean --json? fridaycounter once --help lists all)`},
		{"gate --env Production", `unknown flag: --env (hint: did you mean --environment? fridaycounter gate --help lists all)`},
		{"once -at 2026-03-13", `unknown flag: -at (hint: did you mean --at? fridaycounter once --help lists all)`},
		{"once --verbose", `unknown flag: --verbose (hint: fridaycounter once --help lists all)`},
		{"once --at", `--at needs a value: --at TIME (hint: fridaycounter once --help)`},
		{"history --limit few", `--limit "few": want a whole number (hint: fridaycounter history --help)`},
		{"once --json=maybe", `--json "maybe": want true or false (hint: fridaycounter once --help)`},
		{"once --=x", `bad flag syntax: --=x (hint: fridaycounter once --help)`},
		{"once --at 2026-03-13 16:40", `"16:40" is one argument too many (hint: a time with a blank needs quotes: --at "2026-03-13 16:40")`},
		{"diff --at 2026-03-13 16:40 old.cue new.cue", `"16:40" is one argument too many (hint: a time with a blank needs quotes: --at "2026-03-13 16:40")`},
		{"history retire", `ID is missing: want fridaycounter history retire ID [flags] (hint: fridaycounter history retire --help)`},
		{"history rename-source a", `NEW is missing: want fridaycounter history rename-source OLD NEW [flags] (hint: fridaycounter history rename-source --help)`},
		{"vet a.cue b.cue", `"b.cue" is one argument too many: want fridaycounter vet [FILE | DIRECTORY] [flags] (hint: fridaycounter vet --help)`},
		{"run counter.cue", `"counter.cue" is one argument too many: want fridaycounter run [flags] (hint: did you mean --config counter.cue?)`},
		{"snapshot --text merge freeze", `"freeze" is one argument too many: want fridaycounter snapshot [flags] (hint: a value with a blank needs quotes; fridaycounter snapshot --help)`},
	} {
		var stdout, stderr strings.Builder
		err := execute(t.Context(), machine{}, strings.NewReader(""), &stdout, &stderr, strings.Fields(c.args)...)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.args, err, c.want)
		}
		if stdout.Len()+stderr.Len() > 0 {
			t.Errorf("%s: printed %s%s", c.args, &stdout, &stderr)
		}
	}
}

// TestHelpOf checks where --help comes from: the command, "help", and those that only lead to others.
func TestHelpOf(t *testing.T) {
	for args, want := range map[string]string{
		"source":                "\nExamples:\n  # what does each record",
		"history import -h":     "\nExamples:\n  # Bamboo expired",
		"help history import":   "\nExamples:\n  # Bamboo expired",
		"help exit-codes":       "gate        3: no deployment now",
		"environment --help":    "STATE_DIRECTORY",
		"completion":            "\nExamples:\n  # in this bash",
		"completion zsh --help": "fridaycounter",
	} {
		var stdout strings.Builder
		if err := execute(t.Context(), machine{}, strings.NewReader(""), &stdout, io.Discard, strings.Fields(args)...); err != nil || !strings.Contains(stdout.String(), want) {
			t.Errorf("%s: got %v, want %q:\n%s", args, err, want, &stdout)
		}
	}
}
