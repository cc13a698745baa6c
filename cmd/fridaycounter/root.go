package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/judge"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/usage"
)

// globals are the flags of every command, those that several commands register, and the environment
// that stands in for them.
type globals struct {
	config string // --config
	state  string // --state
	asJSON bool   // --json
	at     string // --at
	format string // --format
	rule   string // --rule
	getenv func(string) string
}

// newRoot returns the tree of all commands.
func newRoot(g *globals, m machine) *cobra.Command {
	root := &cobra.Command{
		Use:           "fridaycounter",
		RunE:          showHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(usage.FlagError)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages", "FlagUsagesWrapped 80"))
	flags := root.PersistentFlags()
	flags.StringVar(&g.config, "config", "", "the policy `file` (default ./counter.cue where there is one, else "+state.SystemConfig+"/counter.cue)")
	flags.StringVar(&g.state, "state", "", "the `directory` of the history (default $STATE_DIRECTORY, else "+state.SystemDir+
		" for the installed policy, else $XDG_STATE_HOME/fridaycounter)")
	root.AddCommand(
		runCommand(g, m), demoCommand(g), onceCommand(g), explainCommand(g), streaksCommand(g), gateCommand(g), snapshotCommand(g), fleetCommand(g),
		vetCommand(g), testCommand(g), diffCommand(g), schemaCommand(g), initCommand(),
		historyCommand(g), sourceCommand(g), doctorCommand(g), probeCommand(m),
		&cobra.Command{Use: "version", RunE: printVersion},
		&cobra.Command{Use: "evaluate", RunE: evaluate, Hidden: true},
		&cobra.Command{Use: "files"}, &cobra.Command{Use: "environment"}, &cobra.Command{Use: "exit-codes"},
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	describe(root)
	return root
}

// policyPath returns the policy file: that of the arguments, else that of --config, else the
// default.
func (g *globals) policyPath(args ...string) string {
	return policyfile.Find(cmp.Or(append(args, g.config)...))
}

// historyPath returns the file of the history.
func (g *globals) historyPath() string { return state.Path(g.state, g.policyPath(), g.getenv) }

// readPolicy reads and evaluates a policy file, or standard input for "-".
func readPolicy(cmd *cobra.Command, path string) (policyfile.Policy, error) {
	return policyfile.Read(cmd.Context(), path, cmd.InOrStdin())
}

// judge gathers what is known of a policy's sources, as of --at.
func (g *globals) judge(cmd *cobra.Command, policy policyfile.Policy, poll bool) (judge.Case, error) {
	o := g.judgeOptions(cmd, policy)
	o.Poll = poll
	return judge.Gather(cmd.Context(), o)
}

func (g *globals) judgeOptions(cmd *cobra.Command, policy policyfile.Policy) judge.Options {
	return judge.Options{
		Policy: policy, Path: g.policyPath(), History: g.historyPath(), At: g.at, Getenv: g.getenv,
		Progress: cmd.ErrOrStderr(), Note: func(text string) { note(cmd, text) },
	}
}

// judgeInForce gathers what the history has of the sources of the policy in force, as of --at; where
// that is nothing, it polls them.
func (g *globals) judgeInForce(cmd *cobra.Command) (judge.Case, error) {
	path := g.policyPath()
	policy, err := policyfile.ReadInForce(cmd.Context(), path, cmd.InOrStdin(), g.historyPath())
	if err != nil {
		return judge.Case{}, err
	}
	if policy.Refused != nil {
		note(cmd, path+" is refused, so this is by the last good copy of it, which is in force; fridaycounter vet says what is wrong")
	}
	c, err := g.judge(cmd, policy, false)
	return c, cmp.Or(err, c.Failure)
}

// note tells a person of something that is no error.
func note(cmd *cobra.Command, text string) {
	w := cmd.ErrOrStderr()
	fmt.Fprint(w, host.Paint(w, os.Getenv, fmt.Sprintf("fridaycounter: note: %s\n", report.Printable(text))))
}

// answer prints v as JSON where --json says so, or else a text.
func (g *globals) answer(cmd *cobra.Command, v any, text string) error {
	if g.asJSON {
		return report.WriteJSON(cmd.OutOrStdout(), v)
	}
	_, err := io.WriteString(cmd.OutOrStdout(), host.Paint(cmd.OutOrStdout(), g.getenv, report.Printable(text)))
	return err
}

// page answers as answer does, and a long text by a pager.
func (g *globals) page(cmd *cobra.Command, v any, text string) error {
	if g.asJSON {
		return g.answer(cmd, v, text)
	}
	return host.Page(cmd.OutOrStdout(), g.getenv, report.Printable(text))
}

// clock is this machine's, without the monotonic reading that would hide a step.
func clock() time.Time { return time.Now().Round(0) }

func printVersion(cmd *cobra.Command, _ []string) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "fridaycounter %s (commit %s) %s %s/%s\n",
		build.Version(), build.Commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
