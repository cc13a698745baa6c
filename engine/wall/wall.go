package wall

import (
	"context"
	"log/slog"
	"time"

	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/engine/oncelog"
	"github.com/fridaycounter/fridaycounter/engine/task"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// Options are the wall's parts. The functions that are called on the loop's goroutine must not
// wait.
type Options struct {
	// Name is wall.cue's path as messages show it.
	Name string
	// Saves are the contents of wall.cue (see [watch.Watcher]). The wall ends when it is closed.
	Saves     <-chan watch.Saved
	Evaluator Evaluator
	// Connect makes a connection, whose Run connects. The two functions are called while that
	// runs, from any goroutine: received with each message, changed when the connection works
	// (nil) or does not.
	Connect func(source schema.WallSource, received func(Message), changed func(error)) (Conn, error)
	// Slots lists the displays that a geometry lights.
	Slots func(schema.Display) []glass.Slot
	Clock engine.Clock
	// ClockState tells how far the clock can be trusted at an instant.
	ClockState func(now time.Time) engine.ClockStatus
	Log        *slog.Logger

	// State is the file that keeps what is known over restarts; "" keeps it in memory only.
	State string
	// Program is the build: what another one evaluated is evaluated again.
	Program string
	Version string // of the program, for Shown
	// Report is called on the loop's goroutine with each new status.
	Report func(Status)
	// Heartbeat is called on each turn of the loop, at least every 5 s while it lives.
	// displays says that no display hangs.
	Heartbeat func(displays bool)
}

// Evaluator evaluates wall.cue, in practice in a child process.
type Evaluator interface {
	Wall(ctx context.Context, name string, file []byte) (*schema.Wall, error)
}

// A Conn is a connection to a broker.
type Conn struct {
	// Shown publishes what the wall shows, again at every connect. It never waits.
	Shown func(payload []byte)
	// Run connects again and again until ctx ends. Then it says that the wall is offline, and
	// disconnects, within about a second.
	Run func(ctx context.Context)
}

// Status is what a wall shows.
type Status struct {
	Text    string
	Stale   error // why the number may be out of date; nil: it is not
	Refused error // why the last saved file is not in force; nil when it is
	Faulty  []string
}

// loop is all state of a wall. Only the goroutine of Run touches it.
type loop struct {
	o     Options
	ctx   context.Context
	log   *oncelog.Log
	tasks *task.Group
	glass *glass.Glass

	now    time.Time // of the last turn, by both clocks
	turned time.Duration

	file   file
	conn   *connection // nil: there is none
	dialAt time.Duration
	heard  heard
	shown  shown
	store  store
}

const (
	// maxTurn bounds the time between two turns of the loop, so that a step of the clock is
	// seen.
	maxTurn = 5 * time.Second
	// retryAfter is the wait before what failed is tried again.
	retryAfter = 30 * time.Second
	// endTimeout is how long the end may take: less than the 2 s after which the program must
	// have ended.
	endTimeout = 1500 * time.Millisecond
)

// Run runs a wall until ctx ends or the saves do, then blanks every display. It waits for what
// it started, but not for long. It returns what went wrong while blanking.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &loop{o: o, ctx: ctx, log: oncelog.New(o.Log), tasks: task.NewGroup()}
	l.glass = glass.New(l.tasks, l.log, l.uptime)
	l.load()
	for {
		timer := l.step()
		select {
		case <-ctx.Done():
			return l.end(cancel)
		case saved, ok := <-o.Saves:
			if !ok {
				return l.end(cancel)
			}
			l.saved(saved)
		case finish := <-l.tasks.Done:
			finish()
		case <-timer.C:
		}
		timer.Stop()
	}
}

// uptime is the real time since the program began.
func (l *loop) uptime() time.Duration {
	_, uptime := l.o.Clock.Now()
	return uptime
}

// step does all that is due and returns a timer for the next thing to come.
func (l *loop) step() *time.Timer {
	now, uptime := l.woke()
	l.startEvaluation(uptime)
	l.connect(uptime)
	l.look(now, uptime)
	l.show(now, uptime)
	l.save(uptime, false)
	l.o.Heartbeat(!l.glass.Hangs(uptime))
	wait := maxTurn
	if until := l.shown.until; until.After(now) { // zero: never
		wait = min(wait, l.o.Clock.Until(until))
	}
	for _, at := range []time.Duration{l.heard.staleAt, l.shown.next, l.store.next, l.dialAt, l.file.notBefore} {
		if at > uptime {
			wait = min(wait, at-uptime)
		}
	}
	return time.NewTimer(max(l.glass.Next(uptime, wait), 0))
}

// woke notes that the loop turns. If it has not for long, this program or the machine was stopped:
// the broker has given the connection up, and what comes of it was sent long ago.
func (l *loop) woke() (now time.Time, uptime time.Duration) {
	now, uptime = l.o.Clock.Now()
	slept := max(uptime-l.turned, now.Sub(l.now)) // a machine that sleeps may stop one of its clocks
	if slept > 2*maxTurn && !l.now.IsZero() {
		l.heard.fresh = false
		l.disconnect()
	}
	l.now, l.turned = now, uptime
	return now, uptime
}

// end blanks the displays, disconnects, and writes what is not stored yet. What does not end in
// time is left behind.
func (l *loop) end(cancel context.CancelFunc) error {
	cancel()
	defer l.tasks.Leave()
	l.glass.Halt()
	timeout := time.After(endTimeout)
	for {
		l.save(l.uptime(), true)
		if l.tasks.Running == 0 {
			return l.glass.HaltErrors()
		}
		select {
		case finish := <-l.tasks.Done:
			finish()
		case <-timeout:
			return l.glass.HaltErrors()
		}
	}
}
