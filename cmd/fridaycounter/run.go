package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/fleet"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/notify"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/pixelclock"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/policyfile"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/wallservice"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

func runCommand(g *globals, m machine) *cobra.Command {
	var trustClock bool
	cmd := &cobra.Command{
		Use: "run",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := service{
				policy: g.policyPath(), history: g.historyPath(), getenv: g.getenv,
				stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), machine: m, trustClock: trustClock,
			}
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&trustClock, "trust-clock", false, "judge by this machine's clock although nothing says that it was set")
	return cmd
}

// The service shares a small board: it collects garbage earlier than Go does by default, and
// harder where the history is large.
const (
	gcPercent   = 40
	memoryLimit = 72 << 20 // bytes, soft
)

// A service is what run runs.
type service struct {
	policy, history string // paths
	getenv          func(string) string
	stdout, stderr  io.Writer
	machine         machine
	trustClock      bool // only what no clock can read makes the machine's untrusted
}

// run runs a counter or a wall until ctx ends.
func (s *service) run(ctx context.Context) (err error) {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	output := host.NewOutput(s.stdout, s.stderr, host.IsTerminal, s.getenv)
	defer output.Close()
	log := output.Logger()
	manager := host.NewNotifier(cmp.Or(s.machine.maxSilence, host.MaxSilence), log)
	watcher := watch.New(s.policy, manager.Heartbeat(host.PartWatcher))
	go watcher.ReloadOn(ctx, s.machine.hangup)
	chains := newChains(s.machine.openPort)
	if wallservice.Is(s.policy, s.history) {
		return wallservice.Run(ctx, wallservice.Options{
			Path: s.policy, History: s.history, Saves: watcher.Watch(ctx), Manager: manager, Getenv: s.getenv, TrustClock: s.trustClock, Log: log,
			Slots: func(d schema.Display) []glass.Slot { return slots(d, chains, output) },
		})
	}
	o := engine.Options{
		Name:      s.policy,
		Saves:     watcher.Watch(ctx),
		Evaluator: policyfile.Evaluator(),
		Clock:     engine.NewRealClock(time.Now),
		Jitter:    rand.Float64,
		Log:       log,

		ClockState: host.ClockState(build.Time(), s.trustClock),
	}
	store, err := state.Open(ctx, s.history, s.policy, clock, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	o.Store = store
	open := sources.Opener{Dir: filepath.Dir(s.policy), Getenv: s.getenv, Lockouts: store.Lockouts(ctx)}
	o.Open = open.Open
	broker := fleet.New(fleet.Options{Open: &open, Clock: clock, Host: fleet.Self()})
	page := dashboard.New(dashboard.Options{Clock: clock, Chains: chains.list, Walls: broker.Walls, Log: log})
	pixels := pixelclock.Clock{Context: ctx}
	o.Slots = func(d schema.Display) []glass.Slot {
		return slices.Concat(slots(d, chains, output), page.Slots(d), pixels.Slots(d), broker.Slots(d))
	}
	hooks := notify.New(notify.Options{Store: store, Secret: open.Secret, Now: time.Now, Log: log})
	beat, displayBeat := manager.Heartbeat(host.PartLoop), manager.Heartbeat(host.PartDisplay)
	o.Heartbeat = func(displays bool) {
		beat()
		page.Heartbeat()
		if displays {
			displayBeat()
		}
	}
	var started sync.Once
	o.Changed = func(c engine.PolicyChange) { report.LogChange(log, c) }
	o.Report = func(status engine.Status) {
		if !status.Good.IsZero() {
			started.Do(host.ReleaseStartup)
		}
		page.Update(status)
		pixels.Update(status)
		hooks.Update(status)
		broker.Update(status)
		if status.Policy != nil || status.Refused != nil { // the counter shows something
			manager.Status(report.StatusLine(&status, filepath.Base(s.policy)))
		}
	}
	var background sync.WaitGroup
	defer background.Wait()
	backgroundCtx, end := context.WithCancel(ctx)
	defer end()
	background.Go(func() { page.Run(backgroundCtx) })
	background.Go(func() { broker.Run(backgroundCtx) })
	background.Go(func() { manager.Run(backgroundCtx) })
	background.Go(func() { hooks.Run(backgroundCtx) })
	return engine.Run(ctx, o)
}

func demoCommand(g *globals) *cobra.Command {
	var serve string
	cmd := &cobra.Command{
		Use: "demo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if serve != "" {
				return demo.Serve(cmd.Context(), serve, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return demo.Run(cmd.Context(), demo.Options{
				Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(), Terminal: host.IsTerminal(cmd.OutOrStdout()), Getenv: g.getenv,
				Columns: func() int { return host.Columns(cmd.OutOrStdout()) },
			})
		},
	}
	cmd.Flags().StringVar(&serve, "serve", "", "serve only the Bamboo on this `address`, like 127.0.0.1:8085")
	return cmd
}
