package watch

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// maxLooks bounds the wait for a file that never settles: 120 settling times, 30 s by
// default. That is far beyond any editor.
const maxLooks = 120

// A loop is the state of one Watch. Only its goroutine uses it; directories belongs to the
// look that is under way.
type loop struct {
	path         string
	poll, settle time.Duration
	again        <-chan struct{} // see Watcher.Again
	changed      chan struct{}   // one slot: an event came since the last look
	directories  *directories
	read         func(string) Saved
	beat         func()

	underWay chan look // the look that did not answer in time; nil: none
	soon     bool      // the next look comes within the settling time
	last     string    // state of the last look, while looks > 0
	looks    int       // that found something to report, in a row

	forced   bool     // Again asked for the next report
	warnings []string // for the next report
	warned   map[string]bool

	report   Saved  // the newest, while unsent
	unsent   bool   //
	newest   string // state of the newest report; "" before the first
	received string // state of the report that the receiver took last
}

// A look is what one look at the file found.
type look struct {
	file    Saved
	warning string // of the directories
}

func newLoop(w *Watcher) *loop {
	l := &loop{
		path:    w.Path,
		poll:    cmp.Or(w.Poll, defaultPoll),
		settle:  cmp.Or(w.Settle, defaultSettle),
		again:   w.requests(),
		changed: make(chan struct{}, 1),
		read:    w.read,
		beat:    w.Heartbeat,
		warned:  map[string]bool{},
	}
	if l.read == nil {
		l.read = Read
	}
	if l.beat == nil {
		l.beat = func() {}
	}
	l.directories = &directories{path: w.Path, poll: l.poll, open: w.events, changed: l.changed}
	if w.events == nil {
		l.directories.open = fsnotify.NewWatcher
	}
	return l
}

// run looks and reports until ctx ends.
func (l *loop) run(ctx context.Context, reports chan<- Saved) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		var send chan<- Saved
		if l.unsent {
			send = reports
		}
		hasten := false
		select {
		case <-ctx.Done():
		case send <- l.report:
			l.received, l.report, l.unsent = l.report.state(), Saved{}, false
		case <-l.again:
			l.forced, hasten = true, true
		case <-l.changed:
			hasten = true
		case <-timer.C:
			timer.Reset(l.look(ctx))
		}
		if hasten && !l.soon {
			l.soon = true
			timer.Reset(l.settle / 4) // events come in groups
		}
	}
}

// look looks at the file, reports it if that is due, and returns the time to the next
// look. News is due when two looks, the settling time apart, found the same.
func (l *loop) look(ctx context.Context) time.Duration {
	found := l.wait(ctx)
	l.beat()
	l.warn(found.warning)
	l.warn(found.file.Warning)
	state := found.file.state()
	news := state != l.newest || l.forced || len(l.warnings) > 0
	settled := l.newest == "" || l.looks > 0 && state == l.last || l.looks >= maxLooks
	if news && !settled {
		l.last, l.looks, l.soon = state, l.looks+1, true
		return l.settle
	}
	if news {
		l.setReport(found.file)
	}
	l.last, l.looks, l.soon = "", 0, false
	return l.poll
}

// wait looks at the file in a goroutine of its own and waits for it, though not for long:
// a file system may hang, and a file in /proc may have no data. While one look has not
// returned there is no other.
func (l *loop) wait(ctx context.Context) look {
	if l.underWay != nil {
		select {
		case <-l.underWay: // what it found is old
			l.underWay = nil
		default:
			return look{file: noAnswer(l.path)}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	underWay := make(chan look, 1)
	go func() {
		warning := l.directories.follow()
		underWay <- look{l.read(l.path), warning}
	}()
	select {
	case found := <-underWay:
		return found
	case <-ctx.Done():
		l.underWay = underWay
		return look{file: noAnswer(l.path)}
	}
}

// warn adds a warning to the next report, each text once.
func (l *loop) warn(text string) {
	if text != "" && !l.warned[text] {
		l.warned[text] = true
		l.warnings = append(l.warnings, text)
	}
}

// setReport sets the report to send. It replaces one that nobody received, and keeps its
// marks. If the file is again what the receiver knows, there is nothing left to say.
func (l *loop) setReport(file Saved) {
	if l.report.Warning != "" {
		l.warnings = append([]string{l.report.Warning}, l.warnings...)
	}
	file.Warning = strings.Join(l.warnings, "; ")
	file.Forced = l.forced || l.report.Forced
	l.newest = file.state()
	l.report, l.unsent = file, file.Forced || file.Warning != "" || l.newest != l.received
	l.forced, l.warnings = false, nil
}

// close releases the watches. A look that hangs keeps them.
func (l *loop) close() {
	if l.underWay != nil {
		select {
		case <-l.underWay:
		case <-time.After(answerTime):
			return
		}
	}
	l.directories.close()
}
