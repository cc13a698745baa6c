package engine

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A vigil is the state of one Watch; its goroutine alone uses it.
type vigil struct {
	path    string
	max     int
	poll    time.Duration // between looks while nothing happens
	step    time.Duration // between looks until the file has settled
	kick    <-chan struct{}
	outlook *outlook
	beat    func()
	settle  settle
	busy    bool // the next look is one step away, not one poll

	forced  bool   // Again asked for the next report
	warning string // to be told with the next report

	latest Saved  // the report to be sent, while unsent
	unsent bool   //
	told   string // state of the newest report, sent or not; "" before the first
	heard  string // state of the report that the receiver took last
}

func newVigil(w *Watcher) *vigil {
	v := &vigil{path: w.Path, max: w.MaxSize, poll: w.Poll, kick: w.kicks(), outlook: &outlook{}, beat: w.Beat}
	if v.beat == nil {
		v.beat = func() {}
	}
	if v.max <= 0 {
		v.max = defaultMaxSize
	}
	if v.poll <= 0 {
		v.poll = defaultPoll
	}
	quiet := w.Settle
	if quiet <= 0 {
		quiet = defaultSettle
	}
	v.step = max(quiet/settleLooks, time.Millisecond)
	if !w.NoEvents {
		v.outlook.open = w.newEvents
		if v.outlook.open == nil {
			v.outlook.open = fsnotify.NewWatcher
		}
		v.outlook.poll = v.poll
	}
	return v
}

// run looks and reports until ctx ends.
func (v *vigil) run(ctx context.Context, out chan<- Saved) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		var send chan<- Saved
		if v.unsent {
			send = out
		}
		hasten := false
		select {
		case <-ctx.Done():
		case send <- v.latest:
			v.heard, v.latest, v.unsent = v.latest.state(), Saved{}, false
		case <-v.kick:
			v.forced, hasten = true, true
		case <-v.outlook.stirred():
			hasten = true
		case err := <-v.outlook.broken():
			v.outlook.giveUp(err)
			hasten = true // events may be lost with the watches
		case <-timer.C:
			timer.Reset(v.look())
		}
		if hasten {
			v.settle.disturb()
			if !v.busy {
				v.busy = true
				timer.Reset(v.step)
			}
		}
	}
}

// look reads the file, reports it when that is due, and returns the time to the
// next look. The watches come first: a change after them gives an event.
func (v *vigil) look() time.Duration {
	if !v.busy {
		v.outlook.tick()
	}
	trail, err := trace(v.path)
	moved := v.outlook.follow(trail)
	if v.outlook.warning != "" {
		v.warning, v.outlook.warning = v.outlook.warning, ""
	}
	now := glance{err: err}
	if err == nil {
		now = read(v.path, v.max)
	}
	v.beat() // after all that a file system can hang

	news := now.state() != v.told || v.forced || v.warning != ""
	settling := false
	switch {
	case v.told == "":
		v.report(now)
	case !news && v.settle.idle():
	case !v.settle.add(now):
		settling = true
	case news:
		v.report(now)
	default:
		v.settle.reset()
	}
	v.busy = settling || moved
	if v.busy {
		return v.step
	}
	return v.poll
}

// report puts g into the slot. A report that nobody took is replaced, and
// leaves its marks to the new one; when the file is again what the receiver
// knows, there is nothing left to say.
func (v *vigil) report(g glance) {
	s := Saved{Path: v.path, Data: g.data, Hash: g.hash, Err: g.err, Forced: v.forced, Warning: v.warning}
	if v.unsent {
		s.Forced = s.Forced || v.latest.Forced
		switch {
		case s.Warning == "":
			s.Warning = v.latest.Warning
		case v.latest.Warning != "":
			s.Warning = v.latest.Warning + "; " + s.Warning
		}
	}
	v.told = g.state()
	v.latest = s
	v.unsent = s.Forced || s.Warning != "" || v.told != v.heard
	v.forced, v.warning = false, ""
	v.settle.reset()
}

// state says what a report is about, as glance.state does.
func (s Saved) state() string { return glance{hash: s.Hash, err: s.Err}.state() }
