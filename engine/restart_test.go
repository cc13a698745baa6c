package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// again is a wall after a restart: what was stored is there, the source is new.
func (w *wall) again() *wall {
	w.t.Helper()
	w.end()
	next := newWall(w.t, w.files)
	next.store, next.disk = w.store, w.disk
	return next
}

// remembering is the wall of fridays with a store that outlives it.
func remembering(t *testing.T) *wall {
	w := fridays(t)
	w.disk = new(Memory)
	return w
}

// The server forgets its old results and the counter restarts: the number does not
// grow.
func TestForgetfulServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := remembering(t).start()
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w = w.again()
		w.source.set(nil)
		w.start()
		w.save(friday)
		w.pass(time.Second)
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
func TestFirstPictureIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := remembering(t).start()
		w.save(friday)
		w.pass(time.Second)
		w = w.again()
		w.source.hang = true
		w.startWith(hangingEvaluator{})
		w.pass(time.Millisecond)
		w.wantText("3", led.Stale)
		if got := w.source.count(); got != 0 {
			t.Errorf("polls before the file was looked at: got %d, want 0", got)
		}
		w.saves <- Saved{Data: []byte(friday), Hash: friday}
		w.pass(time.Second)
		w.wantText("3", led.Stale)
		if got := w.source.count(); got != 1 {
			t.Errorf("polls after the same file was found: got %d, want 1", got)
		}
	})
}

// Another file than before the restart takes over when it is evaluated.
func TestRestartWithAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := remembering(t)
		w.source.set(nil, deployed("1", losAngeles(t, "1999-12-10 15:00")), deployed("2", losAngeles(t, "1999-12-16 15:00")))
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w = w.again()
		w.source.set(nil)
		w.startWith(slowPages{w.files})
		w.save("thursday")
		w.pass(100 * time.Millisecond)
		w.wantText("3", led.Stale)
		w.pass(5 * time.Second)
		w.wantText("2")
		w.wantLog("forbidden: Friday -> Thursday, Friday; weeks: 3 -> 2")
		if got := w.store.file(); got != "thursday" {
			t.Errorf("last good file: got %q, want the new one", got)
		}
	})
}

// A refused file after a restart leaves what was cached in force, marked.
func TestRestartWithRefusedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := remembering(t).start()
		w.save(friday)
		w.pass(time.Second)
		w = w.again()
		w.source.set(nil)
		w.start()
		w.save("Frday")
		w.pass(time.Second)
		w.wantText("3", led.Refused)
	})
}

// Of another program only the file is used.
func TestRestartOfAnotherProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := remembering(t).start()
		w.save(friday)
		w.pass(time.Second)
		w = w.again()
		w.store.kept.Config = nil
		w.source.hang = true
		w.start()
		w.pass(time.Second)
		if got := w.panel.calls().shown; got != 0 {
			t.Errorf("pictures before the file was evaluated: got %d, want 0", got)
		}
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3", led.Stale)
	})
}

// What cannot be read shows no number, and is read again.
func TestUnreadableStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := remembering(t).start()
		w.save(friday)
		w.pass(time.Second)
		disk := &flakyDisk{readErr: errors.New("input/output error")}
		disk.sources = w.disk.(*Memory).sources
		w = w.again()
		w.disk = disk
		w.source.set(nil, deployed("1", losAngeles(t, "1999-12-10 15:00")))
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantSymbol(led.Unknown, led.Stale)
		w.wantLog("input/output error")
		disk.setRead(nil)
		w.pass(31 * time.Second)
		w.wantText("3")
	})
}

// A disk that takes nothing does not stop the wall, and has everything afterwards.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		disk := &flakyDisk{mergeErr: errors.New("no space left on device")}
		w.disk = NewSpare(disk)
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w.wantLog("what is known is kept in memory only")
		disk.setMerge(nil)
		w.pass(time.Hour)
		w.wantLog("what is known is kept again")
		if c, err := disk.Coverage(t.Context(), "bamboo https://bamboo.example.com"); err != nil || len(c.Environments) != 1 {
			t.Errorf("the disk has %v, %v, want an environment", c, err)
		}
	})
}

// The clock is put back to before what is known and forward again: meanwhile it cannot
// be right, and the number stays.
func TestClockPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "1999-10-01 15:00")), deployed("2", losAngeles(t, "1999-12-10 15:00")))
		clock := &shiftedClock{RealClock: NewRealClock(time.Now)}
		w.clock = clock
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		clock.shift(-60 * 24 * time.Hour) // 1 November: after the first, before the second
		w.pass(time.Minute)
		w.wantText("3", led.Stale)
		w.wantLog("which it cannot be")
		clock.shift(0)
		w.pass(time.Minute)
		w.wantText("3")
	})
}

// Environments are added to the configuration while it is polled: what the old
// poll brings is not lost.
func TestLateAnswerOfTheSameServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wider := config(time.Friday)
		wider.Source.Bamboo = &schema.Bamboo{URL: "https://bamboo.example.com/", Environments: []rules.Pattern{pattern(t, "/./")}}
		w := newWall(t, files{friday: config(time.Friday), "wider": wider})
		w.source.set(nil, deployed("1", losAngeles(t, "1999-12-10 15:00")))
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.source.set(nil, deployed("2", losAngeles(t, "1999-12-24 15:00")))
		w.source.mu.Lock()
		w.source.slow = time.Minute // it answers all the same when it is told to stop
		w.source.mu.Unlock()
		w.pass(time.Hour)
		next := &source{}
		next.set(nil) // the server says only what is not known yet
		w.ask(next)
		w.save("wider")
		w.pass(10 * time.Minute)
		w.wantText("1")
	})
}

// A first reading in parts is polled at once again, and counts when it is whole.
func TestFirstReadingInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		parts := &partly{parts: []Answer{
			{More: true, Interrupted: []rules.Environment{production("1", "Production", 11)}, Deployments: []rules.Deployment{deployed("1", losAngeles(t, "1999-12-10 15:00"))}},
			{More: true, Interrupted: []rules.Environment{production("1", "Production", 6)}},
			{Environments: []rules.Environment{production("1", "Production", 1)}},
		}}
		w.parts = parts
		w.start()
		w.save(friday)
		w.pass(100 * time.Millisecond)
		w.wantSymbol(led.Unknown)
		w.pass(10 * time.Second)
		w.wantText("3")
		w.wantLog("environment=Production read_back_to=1999-10-31") // 1 November in UTC
		if want := []string{"", "1999-11-01", "1999-06-01"}; strings.Join(parts.known, " ") != strings.Join(want, " ") {
			t.Errorf("known before each part: got %q, want %q", parts.known, want)
		}
	})
}

// So does an environment that comes later: what its first parts brought counts when
// it is whole.
func TestNewEnvironmentInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		breach := deployed("9", losAngeles(t, "1999-12-24 15:00"))
		breach.EnvironmentID, breach.Environment = "2", "Live"
		w.parts = &partly{parts: []Answer{
			{Environments: []rules.Environment{production("1", "Production", 1)}, Deployments: []rules.Deployment{deployed("1", losAngeles(t, "1999-12-10 15:00"))}},
			{More: true, Interrupted: []rules.Environment{production("2", "Live", 11)}, Deployments: []rules.Deployment{breach}},
			{Environments: []rules.Environment{production("2", "Live", 1)}},
		}}
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w.pass(2 * time.Hour)
		w.wantText("1")
	})
}

// A record that falls is celebrated by day, and only logged at night.
func TestFlourish(t *testing.T) {
	for _, c := range []struct {
		name  string
		level led.Level // while the record falls
		want  bool
	}{{"day", 8, true}, {"night", 1, false}, {"off", led.Off, false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				policy := config(time.Friday)
				policy.Brightness = []schema.Brightness{{Level: c.level, During: []rules.Window{{From: 12 * 60, To: 18 * 60}}}, {Level: 8}}
				w := newWall(t, files{friday: policy})
				// The record is four weeks, from 12 November to 10 December.
				first := production("1", "Production", 11)
				first.CompleteFrom = losAngeles(t, "1999-11-12 14:00")
				w.source.set(nil, deployed("1", losAngeles(t, "1999-12-10 15:00")))
				w.source.answer.Environments = []rules.Environment{first}
				w.start()
				w.save(friday)
				tick := losAngeles(t, "2000-01-14 15:01")
				w.pass(time.Until(tick) - time.Second)
				w.wantText("4")
				seen := map[string]bool{}
				for range 60 {
					w.pass(60 * time.Millisecond)
					seen[w.panel.picture()] = true
				}
				if got := len(seen) > 5; got != c.want {
					t.Errorf("%d pictures in the seconds of the record, flourish: want %v", len(seen), c.want)
				}
				w.pass(10 * time.Second)
				w.wantText("5")
				w.wantLog("a new record")
				if got := strings.Count(w.log.String(), "a new record"); got != 1 {
					t.Errorf("the record was told %d times, want once", got)
				}
			})
		})
	}
}

// The log of a reload says what becomes of the record and the breaches.
func TestReloadSaysTheBreaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "1999-12-10 15:00")), deployed("2", losAngeles(t, "1999-12-16 15:00")))
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.save("thursday")
		w.pass(time.Second)
		w.wantLog("no-friday-deploys: weeks: 3 -> 2; record: at least 49 -> at least 49; breaches: 1 gained, 0 lost")
		w.wantLog("+ Thu 16 Dec 1999, 15:01 PST  release-2 of shop to Production")
	})
}
