// Package engine is the one loop of the counter: it takes each saved counter.cue,
// polls the sources, judges the facts, and draws the result on every display.
//
// One goroutine owns all state (see [Engine.Run]). What may wait runs on a goroutine
// of its own, and hands back a typed result: the child that evaluates CUE, the
// requests to sources, the store, the displays.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options are the engine's parts. All but Store, Report, Changed, ClockState, ClockSet, Heartbeat,
// DisplayHeartbeat and PageEvery are required.
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
	Slots func(schema.Display) []Slot
	// Clock is the policy's clock.
	Clock Clock
	// Jitter returns a number in [0,1) for the spread of retries.
	Jitter func() float64
	Log    *slog.Logger

	// Store keeps what is known over restarts; nil keeps it in memory only.
	Store Store
	// Report is called on the loop's goroutine with each new status; it must
	// not wait. Nil: not called.
	Report func(Status)
	// Changed is called on the loop's goroutine with each policy that comes into force; it
	// must not wait. Nil: not called.
	Changed func(PolicyChange)
	// ClockState tells how far the clock can be trusted at an instant; it must not
	// wait. Nil: always, and the clock may run faster than real time, as the demo's.
	ClockState func(now time.Time) ClockStatus
	// ClockSet receives when the clock was set. Nil: that is seen within 5 s.
	ClockSet <-chan struct{}
	// Heartbeat is called on each turn of the loop, at least every 5 s while it
	// lives; it must not wait. Nil: not called.
	Heartbeat func()
	// DisplayHeartbeat is called, as Heartbeat is, while no display hangs. Nil: not called.
	DisplayHeartbeat func()
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

// Engine runs the counter. Make one with [New].
type Engine struct{ o Options }

// New checks the options.
func New(o Options) (*Engine, error) {
	switch {
	case o.Saves == nil, o.Evaluator == nil, o.Open == nil, o.Slots == nil, o.Clock == nil, o.Jitter == nil, o.Log == nil:
		return nil, errors.New("engine: an option is missing")
	}
	if o.Heartbeat == nil {
		o.Heartbeat = func() {}
	}
	if o.DisplayHeartbeat == nil {
		o.DisplayHeartbeat = func() {}
	}
	if o.Report == nil {
		o.Report = func(Status) {}
	}
	if o.Changed == nil {
		o.Changed = func(PolicyChange) {}
	}
	if o.PageEvery == 0 {
		o.PageEvery = time.Second
	}
	return &Engine{o}, nil
}

// Run runs until ctx ends or the saves do, then blanks every display and writes what is
// not stored yet. It waits for what it started, but not for long. It returns what went
// wrong while blanking.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := newLoop(ctx, e.o)
	for {
		wait := l.step()
		select {
		case <-ctx.Done():
			return l.end(cancel)
		case saved, ok := <-e.o.Saves:
			if !ok {
				return l.end(cancel)
			}
			l.saved(saved)
		case <-e.o.ClockSet:
		case t := <-l.done:
			l.watchClock(e.o.Clock.Now()) // the task is judged by the clock as it is now
			l.finish(t)
		case s := <-l.shown:
			s.finish(l)
		case <-wait.C:
		}
		wait.Stop()
	}
}
