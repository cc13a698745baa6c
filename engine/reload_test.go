package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/schema"
)

func TestRefusedFileChangesOnlyTheMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.save("Frday")
		w.pass(time.Second)
		w.wantText("3", led.Refused)
		w.wantLog("counter.cue:3:4: typo in Frday")
		if status, _ := w.reported(); status.Refused == nil {
			t.Error("status: got no refusal")
		}
		w.save(friday) // back to the very same text
		w.pass(time.Second)
		w.wantText("3")
		status, opened := w.reported()
		if got := status.Refused; got != nil {
			t.Errorf("status after the fix: got %v, want nil", got)
		}
		if opened != 1 {
			t.Errorf("sources opened: got %d, want 1", opened)
		}
	})
}

// Each save is answered, also with the words of the one before. What the counter tries again
// by itself is not.
func TestRefusalIsLoggedOnceForEachSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		flaky := &flakyEvaluator{files: w.files}
		flaky.fail.Store(1000)
		w.startWith(flaky)
		for range 2 {
			w.save("one")
			w.pass(time.Hour)
		}
		w.save("another")
		w.pass(time.Hour)
		if got, want := strings.Count(w.log.String(), "fork: cannot allocate memory"), 3; got != want {
			t.Errorf("got %d lines, want %d:\n%s", got, want, w.log.String())
		}
	})
}

func TestReloadTellsWhatItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")), deployed("2", losAngeles(t, "2010-12-16 15:00")))
		w.show()
		w.save("thursday")
		w.pass(time.Second)
		w.wantText("2")
		w.wantLog("hash=thursday")
		if got := fmt.Sprint(w.changed); got != "[unknown -> unknown 3 -> 2]" {
			t.Errorf("changes of the number: got %s, want unknown before the first poll, and then from 3 to 2", got)
		}
		if got := w.source.count(); got != 1 {
			t.Errorf("polls: got %d, want 1: the source is the same", got)
		}
	})
}

func TestInvalidFileAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save("Frday")
		w.pass(time.Second)
		if w.glass.calls().shown != 0 {
			t.Error("a file without a sound display lights something")
		}
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
	})
}

func TestInvalidFileAtStartWithSoundDisplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.startWith(soundDisplay{w.files})
		w.save("Frday")
		w.pass(time.Second)
		w.wantSymbol(led.ConfigError, led.Refused)
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
	})
}

func TestLastGoodFileAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.store.lastGood = LastGood{File: []byte(friday)}
		w.start()
		w.save("Frday")
		w.pass(time.Second)
		w.wantText("3", led.Refused)
		w.save("thursday")
		w.pass(time.Second)
		w.wantText("3")
		if got := w.store.file(); got != "thursday" {
			t.Errorf("last good file: got %q, want the one in force", got)
		}
	})
}

func TestMissingFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.saves <- watch.Saved{Err: errors.New("open counter.cue: no such file or directory")}
		w.pass(time.Second)
		w.wantText("3", led.Refused)
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
	})
}

// What keeps changes of the file from being seen is logged when it begins, changes or
// ends, and told in the status for as long as it lasts.
func TestFileWarning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		replaced := watch.Saved{Data: []byte(friday), Hash: friday, Warning: watch.ErrReplaced}
		for range 3 {
			w.saves <- replaced
			w.pass(time.Second)
		}
		if status, _ := w.reported(); !errors.Is(status.FileWarning, watch.ErrReplaced) {
			t.Errorf("status: got warning %v, want %v", status.FileWarning, watch.ErrReplaced)
		}
		w.wantText("3")
		if got := strings.Count(w.log.String(), "mount its directory instead"); got != 1 {
			t.Errorf("the warning was logged %d times, want once:\n%s", got, w.log.String())
		}
		w.save(friday)
		if status, _ := w.reported(); status.FileWarning != nil {
			t.Errorf("status at the end: got warning %v", status.FileWarning)
		}
	})
}

func TestReloadPollsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
		w.pass(time.Second)
		if got := w.source.count(); got != 2 {
			t.Errorf("polls after SIGHUP: got %d, want 2", got)
		}
	})
}

// What is not the file's fault is tried again without a save.
func TestRefusalFromOutsideTheFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		flaky := &flakyEvaluator{files: w.files}
		flaky.fail.Store(2)
		w.startWith(flaky)
		w.save(friday)
		w.pass(time.Second)
		w.wantLog("cannot allocate memory")
		w.pass(2 * time.Minute)
		w.wantText("3")
		flaky.failPages.Store(1)
		w.pass(8 * 24 * time.Hour)
		w.wantText("4")
	})
}

// A file that disappears while it is evaluated still leaves the last good one.
func TestFallBackDuringEvaluation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.store.lastGood = LastGood{File: []byte(friday)}
		w.startWith(slowPages{w.files})
		w.save("thursday")
		w.saves <- watch.Saved{Err: errors.New("open counter.cue: no such file or directory")}
		w.pass(5 * time.Second)
		w.wantText("3", led.Refused)
	})
}

func TestReloadPollsAtOnceWithAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w.saves <- watch.Saved{Data: []byte("thursday"), Hash: "thursday", Reloaded: true}
		w.pass(time.Second)
		if got := w.source.count(); got != 2 {
			t.Errorf("polls after SIGHUP: got %d, want 2", got)
		}
	})
}

// history: from is a date in the policy's zone, so that another zone opens the source anew.
func TestAnotherTimezoneOpensTheSourceAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.files["utc"] = config(time.Friday)
		w.files["utc"].Timezone = "UTC"
		var opened atomic.Int64
		w.options = func(o *Options) {
			o.Open = func(*schema.Config, string) (source.Source, error) {
				opened.Add(1)
				return w.source, nil
			}
		}
		w.show()
		w.save("utc")
		w.pass(time.Second)
		if got := opened.Load(); got != 2 {
			t.Errorf("opened %d times, want 2", got)
		}
	})
}

// An evaluation that hangs until its context ends does not keep the next file.
func TestEvaluationHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.checkHeartbeat()
		w.startWith(hangsOn{w.files, "slow"})
		w.save("slow")
		w.pass(time.Minute)
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w.save("slow")
		w.pass(time.Second)
		w.endsInTime()
	})
}

// hangsOn evaluates all but one file.
type hangsOn struct {
	files
	file string
}

func (h hangsOn) Evaluate(ctx context.Context, name string, file []byte) (*schema.Config, error) {
	if string(file) == h.file {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return h.files.Evaluate(ctx, name, file)
}
