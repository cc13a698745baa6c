package main

import (
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/engine"
)

func (p *program) runCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the counter until it is stopped",
		Long: `Run the counter: watch the policy file, poll the source and light the displays.
SIGHUP reads the file again and polls at once. SIGTERM or Ctrl-C blanks the LED
chain and ends; on a terminal the last picture stays.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, path := cmd.Context(), p.configPath()
			console := newConsole(p.stdout, p.stderr, p.getenv)
			watcher := &engine.Watcher{Path: path}
			go func() {
				for {
					select {
					case <-p.hangup:
						watcher.Again()
					case <-ctx.Done():
						return
					}
				}
			}()
			state, err := newLastGood(path, p.getenv)
			if err != nil {
				return err
			}
			open := opener{dir: filepath.Dir(path), getenv: p.getenv, latches: new(bamboo.Latches)}
			e, err := engine.New(engine.Options{
				Name:      path,
				Saves:     watcher.Watch(ctx),
				Evaluator: p.evaluator(),
				Open:      open.source,
				Panels:    console.panels,
				Clock:     engine.NewRealClock(time.Now),
				Jitter:    rand.Float64,
				Log:       newLogger(console, isTerminal(p.stderr)),
				LastGood:  state,
			})
			if err != nil {
				return err
			}
			return e.Run(ctx)
		},
	}
}
