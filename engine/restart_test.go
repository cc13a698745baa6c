package engine

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

// restart returns the harness after a restart: what was stored is there, the source is new.
func (w *harness) restart() *harness {
	w.t.Helper()
	w.end()
	next := newHarness(w.t, w.files)
	next.store = w.store
	return next
}

// The server forgets its old results and the counter restarts: the number does not
// grow.
func TestRestartWhenTheServerForgot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.wantText("3")
		w = w.restart()
		w.source.set(nil)
		w.show()
		w.wantText("3")
		w.pass(20 * 24 * time.Hour)
		w.wantText("5") // 41 days since 10 December
	})
}

// hangingEvaluator never answers.
type hangingEvaluator struct{}

func (hangingEvaluator) Evaluate(ctx context.Context, _ string, _ []byte) (*schema.Config, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (hangingEvaluator) Pages(ctx context.Context, _ string, _ []byte, _ schema.Live) ([]schema.Page, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// The first picture needs no file, no evaluation and no answer, and is marked stale.
func TestRestartShowsTheStoredNumberFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w = w.restart()
		w.source.hang = true
		w.startWith(hangingEvaluator{})
		w.pass(time.Millisecond)
		w.wantText("3", led.Stale)
		if got := w.source.count(); got != 0 {
			t.Errorf("polls before the file was looked at: got %d, want 0", got)
		}
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday}
		w.pass(time.Second)
		w.wantText("3", led.Stale)
		if got := w.source.count(); got != 1 {
			t.Errorf("polls after the same file was found: got %d, want 1", got)
		}
		w.wantLog(`"the file is in force" file=counter.cue hash=`)
	})
}

// Another file than before the restart takes over when it is evaluated.
func TestRestartWithAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")), deployed("2", losAngeles(t, "2010-12-16 15:00")))
		w.show()
		w = w.restart()
		w.source.set(nil)
		w.startWith(slowPages{w.files})
		w.save("thursday")
		w.pass(100 * time.Millisecond)
		w.wantText("3", led.Stale)
		w.wantLog(`"the policy of the last run is in force until the saved file is evaluated" file=counter.cue hash=`)
		if strings.Contains(w.log.String(), "the file is in force") {
			t.Errorf("the file is not in force yet:\n%s", w.log)
		}
		w.pass(5 * time.Second)
		w.wantText("2")
		w.wantLog(`"the file is in force" file=counter.cue hash=thursday`)
		if got := w.store.file(); got != "thursday" {
			t.Errorf("last good file: got %q, want the new one", got)
		}
	})
}

// A refused file after a restart leaves what was cached in force, marked.
func TestRestartWithRefusedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w = w.restart()
		w.source.set(nil)
		w.start()
		w.save("Frday")
		w.pass(time.Second)
		w.wantText("3", led.Refused)
	})
}

// Of another program only the file is used.
func TestRestartAfterAnUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w = w.restart()
		w.store.lastGood.Config = nil
		w.source.hang = true
		w.start()
		w.pass(time.Second)
		if got := w.glass.calls().shown; got != 0 {
			t.Errorf("pictures before the file was evaluated: got %d, want 0", got)
		}
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3", led.Stale)
	})
}
