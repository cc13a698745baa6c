// Package engine is the one loop of the counter: it takes each saved counter.cue,
// polls the sources, judges the facts, and draws the result on every display.
//
// One goroutine owns all state (see [Run]). What may wait runs on a goroutine
// of its own, and hands back a typed result: the child that evaluates CUE, the
// requests to sources, the store, the displays.
package engine

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/oncelog"
	"github.com/fridaycounter/fridaycounter/engine/task"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options are the engine's parts. All but Store, ClockState and PageEvery are
// required. The functions that are called on the loop's goroutine must not wait.
type Options struct {
	// Name is counter.cue's path as messages show it.
	Name string
	// Saves are the contents of counter.cue: the present one, then each
	// change (see [watch.Watcher]). The engine ends when it is closed.
	Saves <-chan watch.Saved
	// Evaluator evaluates counter.cue, in practice in a child process.
	Evaluator Evaluator
	// Open makes the source of that name. It may wait.
	Open func(c *schema.Config, name string) (source.Source, error)
	// Slots lists the displays that a geometry lights.
	Slots func(schema.Display) []glass.Slot
	// Clock is the policy's clock.
	Clock Clock
	// Jitter returns a number in [0,1) for the spread of retries.
	Jitter func() float64
	Log    *slog.Logger

	// Store keeps what is known over restarts; nil keeps it in memory only.
	Store Store
	// Report is called on the loop's goroutine with each new status.
	Report func(Status)
	// Changed is called on the loop's goroutine with each policy that comes into force.
	Changed func(PolicyChange)
	// Heartbeat is called on each turn of the loop, at least every 5 s while it lives.
	// displays says that no display hangs.
	Heartbeat func(displays bool)
	// ClockState tells how far the clock can be trusted at an instant; it is called on the
	// loop's goroutine. Nil: always, and the clock may run faster than real time, as the
	// demo's.
	ClockState func(now time.Time) ClockStatus
	// PageEvery is the least time between two evaluations of the pages;
	// zero means one second.
	PageEvery time.Duration
}

// Evaluator turns the bytes of counter.cue into a configuration, and into its
// pages under live values. Both methods may be called at once.
type Evaluator interface {
	Evaluate(ctx context.Context, name string, file []byte) (*schema.Config, error)
	Pages(ctx context.Context, name string, file []byte, live schema.Live) ([]schema.Page, error)
}

// Run runs the counter until ctx ends or the saves do, then blanks every display and writes what is
// not stored yet. It waits for what it started, but not for long. It returns what went
// wrong while blanking.
func Run(ctx context.Context, o Options) error {
	o.PageEvery = cmp.Or(o.PageEvery, time.Second)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &loop{o: o, ctx: ctx, log: oncelog.New(o.Log), sources: map[source.Key]*sourceState{}, tasks: task.NewGroup()}
	l.glass = glass.New(l.tasks, l.log, l.uptime)
	for {
		wait := l.step()
		select {
		case <-ctx.Done():
			return l.end(cancel)
		case saved, ok := <-o.Saves:
			if !ok {
				return l.end(cancel)
			}
			l.saved(saved)
		case finish := <-l.tasks.Done:
			l.watchClock(o.Clock.Now()) // what was done is judged by the clock as it is now
			finish()
		case <-wait.C:
		}
		wait.Stop()
	}
}
