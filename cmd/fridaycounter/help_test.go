package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
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
	for line := range strings.Lines(helpText) {
		if len(line) > 100 {
			t.Errorf("help.txt: too long for a terminal: %s", line)
		}
	}
}

// checkExamples parses each line of a command's examples that begins with the program's name, or has
// it behind a pipe.
func checkExamples(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	for line := range strings.Lines(cmd.Example) {
		if len(line) > 74 {
			t.Errorf("%s: too long for a manual page: %s", cmd.CommandPath(), line)
		}
	}
	own := 0
	for _, line := range regexp.MustCompile(`\bfridaycounter ((?:[^'"|&<>)]|"[^"]*")+)`).FindAllStringSubmatch(strings.ReplaceAll(cmd.Example, "\\\n", ""), -1) {
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
		"completion zsh --help": "\nExamples:\n  # in each new shell",
	} {
		var stdout strings.Builder
		if err := execute(t.Context(), machine{}, strings.NewReader(""), &stdout, io.Discard, strings.Fields(args)...); err != nil || !strings.Contains(stdout.String(), want) {
			t.Errorf("%s: got %v, want %q:\n%s", args, err, want, &stdout)
		}
	}
}

// TestManualPages builds the manual and checks its sections. The page of counter.cue has an example
// that is a good policy.
func TestManualPages(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program once more")
	}
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "-tags", "docs", ".", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("got %d pages, %v", len(pages), err)
	}
	want := "NAME SYNOPSIS DESCRIPTION OPTIONS INHERITED EXIT ENVIRONMENT FILES EXAMPLES SEE"
	for _, page := range pages {
		var got []string
		for _, section := range regexp.MustCompile(`(?m)^\.SH (?:OPTIONS )?(\S+)`).FindAllStringSubmatch(readFile(t, page), -1) {
			got = append(got, section[1])
		}
		if strings.Join(got, " ") != want && page != filepath.Join(dir, "fridaycounter.1") {
			t.Errorf("%s has the sections %s, want %s", page, got, want)
		}
	}
	if once := readFile(t, filepath.Join(dir, "fridaycounter-once.1")); !strings.Contains(once, ".SH EXIT STATUS\n0 the number is fresh, 2 ") {
		t.Errorf("fridaycounter-once(1) does not say what its exit codes mean:\n%s", once)
	}

	page := readFile(t, filepath.Join(dir, "counter.cue.5"))
	for _, want := range []string{
		".TP\n\\fBtimezone\\fP (required; #Zone, an IANA time zone: a name as Europe/Berlin)\ntimezone is the IANA name",
		".TP\n\\fBtimeout\\fP (a positive duration: 30s, 5m or 1h30m; default \"30s\")\ntimeout is for one answer.\n",
		"\"\\e(#streak.weeks)\"",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("counter.cue(5) lacks %s", want)
		}
	}
	_, sample, _ := strings.Cut(page, ".EX\n")
	sample, _, _ = strings.Cut(sample, ".EE\n")
	var stdout strings.Builder
	if err := execute(t.Context(), machine{}, strings.NewReader(strings.ReplaceAll(sample, `\-`, "-")), &stdout, io.Discard, "vet", "-"); err != nil {
		t.Errorf("the example of counter.cue(5): %v", err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
