package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/schema"
)

// program is what the commands share: the outside world and the global flags.
type program struct {
	name   string // that people see in ps
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
	root.PersistentFlags().StringVar(&p.state, "state", "", "the `directory` of the history (default $STATE_DIRECTORY, else "+systemState+" for the installed policy, else $XDG_STATE_HOME/fridaycounter)")
	root.AddCommand(p.runCommand(), p.vetCommand(), p.testCommand(), p.initCommand(), p.demoCommand(), p.onceCommand(), p.explainCommand(), p.streaksCommand(), p.diffCommand(), p.gateCommand(), p.historyCommand(), p.snapshotCommand(), p.probeCommand(),
		p.schemaCommand(), p.versionCommand(), p.evaluateCommand(), p.doctorCommand())
	return root
}

// configPath returns the file that --config names, or the default.
func (p *program) configPath() string {
	if p.config != "" {
		return p.config
	}
	if _, err := os.Stat("counter.cue"); err == nil {
		return "counter.cue"
	}
	return systemConfig
}

// evaluator returns what evaluates counter.cue: this program, started again.
func (p *program) evaluator() *schema.Evaluator {
	return &schema.Evaluator{Command: func(ctx context.Context) *exec.Cmd {
		child := exec.CommandContext(ctx, self(), "evaluate")
		child.Args[0] = p.name
		child.Env = []string{} // it needs none, and a secret may be there
		return child
	}}
}

// self is the path of this program. On Linux it stays right when an upgrade
// replaces the file.
func self() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
