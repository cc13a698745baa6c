package wall

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// file is the way of a saved wall.cue into force.
type file struct {
	wall  *schema.Wall // in force; nil: none was accepted yet
	bytes []byte       // of which
	zone  *time.Location

	waiting   *watch.Saved       // newest saved file, not yet evaluated
	notBefore time.Duration      // uptime of its evaluation, where one failed for a reason outside the file
	stop      context.CancelFunc // drops the evaluation that is under way; nil: none is
	refused   error
	lastGood  []byte // to be evaluated where the saved file is refused and none is in force
}

// saved takes in a new content of wall.cue. SIGHUP connects anew too.
func (l *loop) saved(s watch.Saved) {
	f := &l.file
	l.log.Trouble("watch", "changes to the file may be noticed late or never; the version read last stays in force",
		"changes to the file are noticed at once again", s.Warning, "file", l.o.Name)
	if f.stop != nil {
		f.stop()
	}
	f.waiting, f.notBefore = nil, 0
	if s.Reloaded {
		l.disconnect()
	}
	switch {
	case s.Err != nil:
		l.refuse(s.Err)
	case f.wall != nil && s.Hash == f.wall.Hash:
		l.accepted()
	default:
		f.waiting = &s
	}
}

// startEvaluation evaluates the waiting file, or else the last good one where none is in force;
// one at a time.
func (l *loop) startEvaluation(uptime time.Duration) {
	f := &l.file
	switch {
	case f.stop != nil:
	case f.waiting != nil && uptime >= f.notBefore:
		l.evaluate(*f.waiting, false)
		f.waiting = nil
	case f.refused != nil && f.wall == nil && f.lastGood != nil:
		l.evaluate(watch.Saved{Data: f.lastGood}, true)
		f.lastGood = nil
	}
}

func (l *loop) evaluate(s watch.Saved, lastGood bool) {
	ctx, stop := context.WithCancel(l.ctx)
	l.file.stop = stop
	var w *schema.Wall
	var err error
	l.tasks.Start(func() { w, err = l.o.Evaluator.Wall(ctx, l.o.Name, s.Data) }, func() {
		dropped := ctx.Err() != nil
		stop()
		l.file.stop = nil
		if !dropped {
			l.evaluated(s, w, err, lastGood)
		}
	})
}

// evaluated puts a file that was evaluated into force, or refuses it.
func (l *loop) evaluated(s watch.Saved, w *schema.Wall, err error, lastGood bool) {
	if err == nil {
		err = l.enforce(w, s.Data)
	}
	switch {
	case err == nil && lastGood:
		l.o.Log.Warn("the last good copy of the file is in force until a good file is saved", "file", l.o.Name)
	case lastGood:
		l.o.Log.Warn("the last good copy of the file cannot be used either", "file", l.o.Name, "error", err)
	case err == nil:
		l.o.Log.Info("the file is in force", "file", l.o.Name, "hash", w.Hash[:min(12, len(w.Hash))])
		l.accepted()
		l.store.changed = true
	default:
		l.refuse(err)
		if _, ok := errors.AsType[*schema.Error](err); !ok { // not the file's fault
			l.file.waiting, l.file.notBefore = &s, l.uptime()+retryAfter
		}
	}
}

// enforce puts an evaluated file into force.
func (l *loop) enforce(w *schema.Wall, data []byte) error {
	zone, err := time.LoadLocation(w.Timezone)
	if err != nil {
		return err
	}
	f := &l.file
	l.dialAt = 0
	if f.wall != nil && !reflect.DeepEqual(f.wall.Source, w.Source) {
		l.disconnect()
	}
	if l.heard.topic != w.Source.Topic {
		l.heard = heard{topic: w.Source.Topic} // what is known is of another counter
	} else if f.wall != nil && f.wall.Source.Broker != w.Source.Broker {
		l.heard.online, l.heard.fresh = false, false
	}
	f.wall, f.bytes, f.zone = w, data, zone
	l.light(w.Display)
	return nil
}

// refuse marks the saved file as refused and keeps what is in force. Without that it lights the
// displays of the refused file, if those are sound, so that the glass can say that it is refused.
func (l *loop) refuse(err error) {
	f := &l.file
	again := f.refused != nil && f.refused.Error() == err.Error()
	f.refused = err
	if again {
		return
	}
	l.o.Log.Warn("the file is refused; nothing changes until it is corrected", "file", l.o.Name)
	for line := range strings.Lines(err.Error()) {
		l.o.Log.Warn("error in the refused file", "error", strings.TrimRight(line, "\n"))
	}
	if e, ok := errors.AsType[*schema.Error](err); ok && e.Display != nil && f.wall == nil {
		l.light(*e.Display)
	}
}

// accepted notes that the file in force is the saved one.
func (l *loop) accepted() {
	if l.file.refused != nil {
		l.file.refused = nil
		l.o.Log.Info("the file is accepted again", "file", l.o.Name)
	}
}

// light lights the displays of a geometry.
func (l *loop) light(d schema.Display) {
	l.glass.Light(d, l.o.Slots(d))
	l.shown.modules = d.Columns * d.Rows
	l.layOut()
}
