package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// program is what the commands share: the outside world and the global flags.
type program struct {
	hangup <-chan os.Signal
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string

	config string // --config; see configPath
	state  string // --state; see statePath

	spi        *host.SPI     // nil: this machine's
	maxSilence time.Duration // of a part that is alive; 0: host.MaxSilence
}

// command returns the whole tree of commands.
func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "fridaycounter",
		Short:         "Shows for how many weeks a team has not deployed on a Friday",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.PersistentFlags().StringVar(&p.config, "config", "", "the policy `file` (default ./counter.cue where there is one, else "+systemConfig+")")
	root.PersistentFlags().StringVar(&p.state, "state", "", "the `directory` of the history (default $STATE_DIRECTORY, else "+state.SystemDir+" for the installed policy, else $XDG_STATE_HOME/fridaycounter)")
	root.AddCommand(p.runCommand(), p.vetCommand(), p.testCommand(), p.initCommand(), p.demoCommand(), p.onceCommand(), p.explainCommand(), p.streaksCommand(), p.diffCommand(), p.gateCommand(), p.historyCommand(), p.snapshotCommand(), p.probeCommand(),
		p.schemaCommand(), p.versionCommand(), p.evaluateCommand(), p.doctorCommand())
	return root
}

// configPath returns the file that --config names, or the default.
func (p *program) configPath() string { return policyfile.Find(p.config) }

func (p *program) historyPath() (string, error) { return state.Path(p.state, p.configPath(), p.getenv) }

func (p *program) evaluator() *schema.Evaluator { return policyfile.Evaluator() }

func (p *program) reader() policyfile.Reader {
	path, _ := p.historyPath()
	return policyfile.Reader{Stdin: p.stdin, History: path, Note: p.note}
}

func (p *program) policy(ctx context.Context, path string) (policyfile.Policy, error) {
	return p.reader().Read(ctx, path)
}

func (p *program) policyInForce(ctx context.Context, path string) (policyfile.Policy, error) {
	return p.reader().ReadInForce(ctx, path)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

const systemConfig = state.SystemConfig

var (
	errInterrupted = policyfile.ErrInterrupted
	builtAt        = build.Time
	version        = build.Version
	commit         = build.Commit
)

func load(ctx context.Context, file *history.Store, policy *engine.Policy) (known []source.Known, err error) {
	return state.Load(ctx, file, policy.Keys())
}

func restore(ctx context.Context, file *history.Store, into *rest.Lockouts) error {
	list, err := file.Lockouts(ctx)
	if err == nil {
		into.Restore(list)
	}
	return err
}

func isKind(err error, kinds ...history.Kind) bool { return state.Is(err, kinds...) }

// policyPath returns the file that a command checks: its argument, or what --config says.
func policyPath(args []string, config string) string {
	if len(args) > 0 {
		return policyfile.Find(args[0])
	}
	return config
}

// clock is this machine's, without the monotonic reading that would hide a step.
func clock() time.Time { return time.Now().Round(0) }
