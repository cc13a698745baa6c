// Package engine is the one loop of the counter: it takes each saved counter.cue,
// polls the source, judges the facts, and draws the result on every display.
//
// One goroutine owns all state (see [Engine.Run]). What may block, the child that
// evaluates CUE and the request to the source, runs beside it and hands back a
// value that carries the generation it was made for.
package engine

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// Options are the engine's parts. All but Store, LastGood,
// Report, ClockState, ClockSet, Beat, Shown and PageEvery are required.
type Options struct {
	// Name is counter.cue's path as messages show it.
	Name string
	// Saves are the contents of counter.cue: the present one, then each
	// change (see [Watcher]). The engine ends when it is closed.
	Saves <-chan Saved
	// Evaluator evaluates counter.cue, in practice in a child process.
	Evaluator Evaluator
	// Open makes the source that a configuration names. It does no I/O that
	// can wait.
	Open func(*schema.Config) (Source, error)
	// Panels lists the displays that a geometry lights.
	Panels func(schema.Display) []Panel
	// Clock is the policy's clock.
	Clock Clock
	// Jitter returns a number in [0,1) for the spread of retries.
	Jitter func() float64
	Log    *slog.Logger

	// Store keeps what is known of sources; nil keeps it in memory.
	Store Store
	// LastGood keeps the last file that was accepted; nil keeps none.
	LastGood LastGood
	// Report is called on the loop's goroutine with each new status; it must
	// not wait. Nil reports to nobody.
	Report func(Status)
	// ClockState tells how far the clock can be trusted at an instant; it must not
	// wait, and may be called from any goroutine. Nil: always.
	ClockState func(now time.Time) ClockWord
	// ClockSet tells that the clock was set. Nil never does: then that is seen
	// within 30 s.
	ClockSet <-chan struct{}
	// Beat is called on each turn of the loop, at least every 30 s while it
	// lives; it must not wait. Nil beats for nobody.
	Beat func()
	// Shown is called, as Beat is, once every display had its turn, even one that
	// waits to be tried again: it must not wait either. Nil tells nobody.
	Shown func()
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

// LastGood is where the last accepted counter.cue survives a restart. Save may be
// called from any goroutine.
type LastGood interface {
	// Load returns what was saved. Its Config is nil where another version of
	// the program saved it.
	Load() (Kept, error)
	Save(Kept) error
}

// Kept is an accepted counter.cue.
type Kept struct {
	File   []byte
	Config *schema.Config // what it evaluates to
}

// Engine runs the counter. Make one with [New].
type Engine struct{ o Options }

// New checks the options.
func New(o Options) (*Engine, error) {
	switch {
	case o.Saves == nil, o.Evaluator == nil, o.Open == nil, o.Panels == nil, o.Clock == nil, o.Jitter == nil, o.Log == nil:
		return nil, errors.New("engine: an option is missing")
	}
	if o.Store == nil {
		o.Store = new(Memory)
	}
	if o.ClockState == nil {
		o.ClockState = func(time.Time) ClockWord { return ClockWord{State: ClockTrusted} }
	}
	if o.Beat == nil {
		o.Beat = func() {}
	}
	if o.Shown == nil {
		o.Shown = func() {}
	}
	if o.PageEvery == 0 {
		o.PageEvery = time.Second
	}
	return &Engine{o}, nil
}

// Run runs until ctx ends or the saves do, then blanks every display and waits
// for what it started. It returns what went wrong while blanking.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := newLoop(ctx, e.o)
	l.begin()
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
		case after := <-l.done:
			l.jobs--
			l.watchClock(e.o.Clock.Now()) // what was done is taken in by the clock as it is now
			after()
		case <-wait.C:
		}
		wait.Stop()
	}
}
