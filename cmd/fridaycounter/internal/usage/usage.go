// Package usage says in one line what is wrong with a command line, and what was most likely meant.
package usage

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Args refuses arguments that the command's usage line does not have, and a lack of those that
// it has outside brackets.
func Args(cmd *cobra.Command, args []string) error {
	names := regexp.MustCompile(`\[.*?\]|\S+`).FindAllString(cmd.Use, -1)[1:]
	if err := checkTime(cmd, args); err != nil {
		return err
	}
	if len(args) < len(names) && names[len(args)][0] != '[' {
		return fmt.Errorf("%s is missing: want %s (hint: %s --help)", names[len(args)], cmd.UseLine(), cmd.CommandPath())
	}
	if len(args) <= len(names) {
		return nil
	}
	extra := args[len(names):]
	hint := cmd.CommandPath() + " --help"
	switch {
	case cmd.HasSubCommands():
		return Unknown(cmd, extra)
	case len(names) == 0 && strings.HasSuffix(extra[0], ".cue"):
		hint = "did you mean --config " + report.Shell(extra[0]) + "?"
	case cmd.Flags().NFlag() > 0:
		hint = "a value with a blank needs quotes; " + hint
	}
	return fmt.Errorf("%q is one argument too many: want %s (hint: %s)", extra[0], cmd.UseLine(), hint)
}

// checkTime refuses a time of day that stands beside the date of a flag.
func checkTime(cmd *cobra.Command, args []string) (err error) {
	i := slices.IndexFunc(args, regexp.MustCompile(`^\d\d?:\d\d(:\d\d)?$`).MatchString)
	if i < 0 {
		return nil
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if date := f.Value.String(); regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(date) {
			err = fmt.Errorf(`%q is one argument too many (hint: a time with a blank needs quotes: --%s "%s %s")`, args[i], f.Name, date, args[i])
		}
	})
	return err
}

// Unknown returns the error for words behind a command that has others below it.
func Unknown(cmd *cobra.Command, words []string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("unknown command %q (hint: %s%s --help lists all)", words[0], didYouMean(words[0], names), cmd.CommandPath())
}

// didYouMean begins a hint with the name that starts with a word, or else the nearest to it.
func didYouMean(word string, names []string) string {
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, word) })
	near := schema.Nearest(word, names)
	if i >= 0 {
		near = names[i]
	}
	if near == "" {
		return ""
	}
	return "did you mean " + near + "? "
}

// FlagError says in a line what is wrong with a flag, or with the command before it.
func FlagError(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 {
		return Unknown(cmd, cmd.Flags().Args())
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		dash, flag := "-", e.GetSpecifiedShortnames()
		if flag == "" {
			dash, flag = "--", e.GetSpecifiedName()
		}
		return fmt.Errorf("unknown flag: %s%s (hint: %s%s --help lists all)", dash, flag, didYouMean("--"+flag, names), cmd.CommandPath())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		value, _ := pflag.UnquoteUsage(e.GetFlag())
		return fmt.Errorf("--%s needs a value: --%[1]s %s (hint: %s --help)", e.GetFlag().Name, strings.ToUpper(value), cmd.CommandPath())
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		want := map[string]string{"int": "a whole number", "bool": "true or false"}[e.GetFlag().Value.Type()]
		return fmt.Errorf("--%s %q: want %s (hint: %s --help)", e.GetFlag().Name, e.GetValue(), want, cmd.CommandPath())
	}
	return fmt.Errorf("%w (hint: %s --help)", err, cmd.CommandPath())
}
