package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo"
	"github.com/fridaycounter/fridaycounter/drivers/history"
	"github.com/fridaycounter/fridaycounter/engine"
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
	memoryLimit = 40 << 20 // bytes, soft
)

// run runs the engine on the policy at path. With trustClock only what a clock cannot
// read makes it untrusted.
func (p *program) run(ctx context.Context, path string, trustClock bool) (err error) {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	console := newConsole(p.stdout, p.stderr, p.getenv, p.openPort)
	defer console.close()
	log := newLogger(console, isTerminal(p.stderr))
	manager := newNotifier(path, log)
	watcher := &engine.Watcher{Path: path, Beat: manager.beat(partWatcher)}
	go p.again(ctx, watcher)

	o := engine.Options{
		Name:      path,
		Saves:     watcher.Watch(ctx),
		Evaluator: p.evaluator(),
		Clock:     engine.NewRealClock(time.Now),
		Jitter:    rand.Float64,
		Log:       log,
		Store:     new(engine.Memory),

		ClockState: newClockGuard(trustClock).state,
	}
	if o.ClockSet, err = clockSet(ctx); err != nil {
		log.Warn("that the clock was set is seen within 30 s only", "error", err)
	}
	open := opener{dir: filepath.Dir(path), getenv: p.getenv, latches: new(bamboo.Latches)}
	store, err := p.runStore(ctx, log)
	if err != nil {
		return err
	}
	if store != nil {
		defer func() { err = errors.Join(err, store.close()) }()
		if err := store.serve(ctx, &o, &open); err != nil {
			return err
		}
	}
	o.Open = open.source
	site := newSite(newMetrics(clock, console.chains), filepath.Dir(path), o.Store, store, clock, log)
	o.Panels = func(d schema.Display) []engine.Panel { return append(console.panels(d), site.panels(d)...) }
	beat := manager.beat(partLoop)
	o.Beat = func() { beat(); site.server.Beat() }
	o.Shown = manager.beat(partDisplay)
	var started sync.Once
	o.Report = func(s engine.Status) {
		if !s.LastGood.IsZero() {
			started.Do(trim)
		}
		site.report(s)
		manager.report(s)
	}
	e, err := engine.New(o)
	if err != nil {
		return err
	}
	defer site.attend(ctx)()
	defer manager.attend(ctx)()
	return e.Run(ctx)
}

// serve makes what is on disk the engine's memory, and that of refused logins.
func (s *diskStore) serve(ctx context.Context, o *engine.Options, open *opener) (err error) {
	if o.LastGood, err = newLastGood(s, o.Name); err != nil {
		return err
	}
	o.Store = engine.NewSpare(s)
	if err := s.use(func(file *history.Store) error { return loadLatches(ctx, file, open.latches) }); err != nil {
		o.Log.Warn("the refused logins of the last run are not known", "error", err)
	}
	open.keep = func(ctx context.Context) {
		if err := s.saveLatches(ctx, open.latches); err != nil {
			o.Log.Warn("refused logins are not kept for the next start", "error", err)
		}
	}
	return nil
}

// again reads the file again and polls at each SIGHUP.
func (p *program) again(ctx context.Context, watcher *engine.Watcher) {
	for {
		select {
		case <-p.hangup:
			watcher.Again()
		case <-ctx.Done():
			return
		}
	}
}

// A command holds the history for as long as it asks the source. Another run would
// hold it for ever.
const (
	heldTries = 12
	heldWait  = 250 * time.Millisecond
)

// runStore opens the history for writing; nil where there can be none.
func (p *program) runStore(ctx context.Context, log *slog.Logger) (*diskStore, error) {
	path, err := p.historyPath()
	if err != nil {
		return nil, err
	}
	note := func(text string) { log.Warn("the history", "trouble", text) }
	store, err := openStore(ctx, path, clock, note)
	for tries := 0; isKind(err, history.Held) && tries < heldTries && ctx.Err() == nil; tries++ {
		if tries == 0 {
			log.Info("waiting for a command to end that writes to the history", "error", err)
		}
		time.Sleep(heldWait)
		store, err = openStore(ctx, path, clock, note)
	}
	if err == nil && store == nil {
		log.Warn("without a history the number is gone with a restart")
	}
	return store, err
}
