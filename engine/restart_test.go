package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// again is a wall after a restart: what was stored is there, the source is new.
func (w *wall) again() *wall {
	w.t.Helper()
	w.end()
	next := newWall(w.t, w.files)
	next.store = w.store
	return next
}

// The server forgets its old results and the counter restarts: the number does not
// grow.
func TestForgetfulServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
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
		w := fridays(t).start()
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
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday}
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
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")), deployed("2", losAngeles(t, "2010-12-16 15:00")))
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
		w.wantLog("hash=thursday")
		if got := w.store.file(); got != "thursday" {
			t.Errorf("last good file: got %q, want the new one", got)
		}
	})
}

// A refused file after a restart leaves what was cached in force, marked.
func TestRestartWithRefusedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
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
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w = w.again()
		w.store.lastGood.Config = nil
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

// The clock is put back to before what is known and forward again: meanwhile it cannot
// be right, and the number stays.
func TestClockPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-10-01 15:00")), deployed("2", losAngeles(t, "2010-12-10 15:00")))
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

// A source is configured another way while it is polled: what the old poll brings is
// dropped, because it was asked for something else.
func TestLateAnswerOfTheSameServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wider := config(time.Friday)
		wider.Source.Bamboo = &schema.Bamboo{URL: "https://bamboo.example.com/", Environments: []rules.Pattern{pattern(t, "/./")}}
		w := newWall(t, files{friday: config(time.Friday), "wider": wider})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
		w.source.change(func(s *fakeSource) { s.slow = time.Minute }) // it answers all the same when it is told to stop
		w.pass(5 * time.Minute)
		next := &fakeSource{}
		next.set(nil, deployed("3", losAngeles(t, "2010-12-17 15:00")))
		w.ask(next)
		w.save("wider")
		w.pass(10 * time.Minute)
		w.wantText("2")
		if known := w.store.stored(bamboo); known.Size() != 2 {
			t.Errorf("got %d runs, want 2: %v", known.Size(), known)
		}
	})
}

// A first reading in parts is polled at once again, and counts while it goes on.
func TestFirstReadingInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		parts := &partly{parts: []source.Answer{
			{Listed: true, More: true, Environments: []source.Environment{inPart("1", "Production", 11)}, Deployments: []rules.Deployment{deployed("2", losAngeles(t, "2010-12-16 15:00"))}},
			{Listed: true, More: true, Environments: []source.Environment{inPart("1", "Production", 6)}, Deployments: []rules.Deployment{deployed("1", losAngeles(t, "2010-12-10 15:00"))}},
			{Listed: true, Environments: []source.Environment{production("1", "Production", 1)}},
		}}
		w.parts = parts
		w.start()
		w.save(friday)
		w.pass(75 * time.Millisecond)
		w.wantStreak("at least 8", true)
		w.pass(50 * time.Millisecond)
		w.wantStreak("3", true)
		w.pass(10 * time.Second)
		w.wantStreak("3", false)
		w.wantText("3")
		if want := []string{"", "2010-11-01", "2010-06-01"}; !slices.Equal(parts.known, want) {
			t.Errorf("known before each part: got %q, want %q", parts.known, want)
		}
	})
}

// An environment that appears later limits nothing, also while its first reading goes on.
func TestNewEnvironmentInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		breach := deployed("9", losAngeles(t, "2010-12-24 15:00"))
		breach.EnvironmentID, breach.Environment = "2", "Live"
		one := production("1", "Production", 1)
		w.parts = &partly{parts: []source.Answer{
			{Listed: true, Environments: []source.Environment{one}, Deployments: []rules.Deployment{deployed("1", losAngeles(t, "2010-12-10 15:00"))}},
			{Listed: true, Environments: []source.Environment{one, production("3", "Staging", 12)}},
			{Listed: true, More: true, Environments: []source.Environment{one, production("3", "Staging", 12), inPart("2", "Live", 12)}, Deployments: []rules.Deployment{breach}},
			{Listed: true, Environments: []source.Environment{one, production("3", "Staging", 12), production("2", "Live", 12)}},
		}}
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w.pass(5 * time.Minute)
		w.wantStreak("3", false)
		w.pass(5*time.Minute - 950*time.Millisecond)
		w.wantStreak("1", true)
		w.pass(time.Second)
		w.wantText("1")
		status, _ := w.reported()
		if from := status.Environments[1].CompleteFrom; !from.IsZero() {
			t.Errorf("the new environment limits from %s", from)
		}
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
				first.From = losAngeles(t, "2010-11-12 14:00")
				w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
				w.source.answer.Environments = []source.Environment{first}
				w.start()
				w.save(friday)
				tick := losAngeles(t, "2011-01-14 15:01")
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
