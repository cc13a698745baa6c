package main

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

func (p *program) runCommand() *cobra.Command {
	var trustClock bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the counter until it is stopped",
		Long: `Run the counter: watch the policy file, poll the source and light the displays.
SIGHUP reads the file again and polls at once. SIGTERM or Ctrl-C blanks the LED
chain and ends; on a terminal the last picture stays.

What is known of deployments is kept in the state directory, and the wall begins
with it after a restart. One run at a time may write there.

Until this machine's clock is trusted, the last stored number stays, marked: because a
time server has set it, or because Bamboo's clock agrees. Where something else keeps it
right, such as the host of a virtual machine, say so with --trust-clock.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.run(cmd.Context(), p.configPath(), trustClock)
		},
	}
	cmd.Flags().BoolVar(&trustClock, "trust-clock", false, "judge by this machine's clock although nothing says that it was set")
	return cmd
}

// The daemon shares a small board: it collects garbage earlier than Go does by
// itself, and harder where the history is large.
const (
	gcPercent   = 40
	memoryLimit = 72 << 20 // bytes, soft
)

// run runs the engine on the policy at path. With trustClock only what a clock cannot
// read makes it untrusted.
func (p *program) run(ctx context.Context, path string, trustClock bool) (err error) {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	output := host.NewOutput(p.stdout, p.stderr, isTerminal, p.getenv)
	defer output.Close()
	log := output.Logger()
	manager := host.NewNotifier(cmp.Or(p.maxSilence, host.MaxSilence), log)
	watcher := watch.New(path, manager.Heartbeat(host.PartWatcher))
	go p.again(ctx, watcher)

	o := engine.Options{
		Name:      path,
		Saves:     watcher.Watch(ctx),
		Evaluator: p.evaluator(),
		Clock:     engine.NewRealClock(time.Now),
		Jitter:    rand.Float64,
		Log:       log,

		ClockState: host.ClockState(builtAt(), trustClock),
	}
	if o.ClockSet, err = host.ClockSet(ctx); err != nil {
		log.Warn("that the clock was set is seen within 5 s only", "error", err)
	}
	open := sources.Opener{Dir: filepath.Dir(path), Getenv: p.getenv, Lockouts: new(rest.Lockouts)}
	place, err := p.historyPath()
	if err != nil {
		return err
	}
	store, err := state.Open(ctx, place, path, clock, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	o.Store = store
	open.Polled = func(ctx context.Context) {
		if err := store.SaveLockouts(ctx, open.Lockouts.Snapshot()); err != nil {
			log.Warn("refused logins are not kept for the next start", "error", err)
		}
	}
	if refused, err := store.Lockouts(ctx); err == nil {
		open.Lockouts.Restore(refused)
	} else {
		log.Warn("the refused logins of the last run are not known", "error", err)
	}
	o.Open = open.Open
	chains := &chains{open: p.openPort}
	page := dashboard.New(dashboard.Options{Clock: clock, Chains: chains.list, Log: log})
	o.Slots = func(d schema.Display) []engine.Slot { return append(panels(d, chains, output), page.Slots(d)...) }
	beat := manager.Heartbeat(host.PartLoop)
	o.Heartbeat = func() { beat(); page.Heartbeat() }
	o.DisplayHeartbeat = manager.Heartbeat(host.PartDisplay)
	var started sync.Once
	o.Changed = func(c engine.PolicyChange) { report.LogChange(log, c) }
	o.Report = func(s engine.Status) {
		if !s.Good.IsZero() {
			started.Do(host.ReleaseStartup)
		}
		page.Update(s)
		if s.Policy != nil || s.Refused != nil { // the counter shows something
			manager.Status(report.StatusLine(s, filepath.Base(path)))
		}
	}
	e, err := engine.New(o)
	if err != nil {
		return err
	}
	defer inBackground(ctx, page.Run)()
	defer inBackground(ctx, manager.Run)()
	return e.Run(ctx)
}

// again reads the file again and polls at each SIGHUP.
func (p *program) again(ctx context.Context, watcher *watch.Watcher) {
	for {
		select {
		case <-p.hangup:
			watcher.Reload()
		case <-ctx.Done():
			return
		}
	}
}

// inBackground calls run on a goroutine of its own. What it returns ends the context of run, and
// waits until run has ended.
func inBackground(ctx context.Context, run func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}
