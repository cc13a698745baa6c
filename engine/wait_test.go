package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/engine/watch"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// endsInTime stops the engine, which may take 2 s whatever hangs.
func (w *wall) endsInTime() {
	w.t.Helper()
	began := time.Now()
	w.cancel()
	select {
	case w.err = <-w.done:
	case <-time.After(time.Minute):
		w.t.Fatal("it does not end")
	}
	w.done <- nil // for the end of the test
	if took := time.Since(began); took > 2*time.Second {
		w.t.Errorf("the end took %v, want at most 2 s", took)
	}
}

// beats makes the wall check that its loop turns at least every 5 s.
func (w *wall) beats() {
	last, set := time.Time{}, w.options
	w.options = func(o *Options) {
		if set != nil {
			set(o)
		}
		o.Heartbeat = func() {
			if gap := time.Since(last); !last.IsZero() && gap > 5*time.Second+time.Millisecond {
				w.t.Errorf("the loop did not turn for %v", gap)
			}
			last = time.Now()
		}
	}
}

// A source whose Open never returns.
func TestOpenHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.files["other"] = config(time.Friday)
		w.files["other"].Source.Bamboo = &schema.Bamboo{URL: "https://other.example.com"}
		release := make(chan struct{})
		var opened atomic.Int64
		w.options = func(o *Options) {
			o.Open = func(c *schema.Config, name string) (source.Source, error) {
				if opened.Add(1); c.Source.Bamboo.URL == "https://bamboo.example.com" {
					<-release
				}
				return w.source, nil
			}
		}
		w.beats()
		w.start()
		w.save(friday)
		w.pass(time.Minute)
		w.wantSymbol(led.Unknown) // nothing has failed yet
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
		w.pass(time.Second)
		if got := opened.Load(); got != 2 {
			t.Errorf("after SIGHUP it was opened %d times, want 2", got)
		}
		w.save("other")
		w.pass(time.Second)
		w.wantText("3")
		w.save(friday)
		w.pass(time.Second)
		w.endsInTime()
		close(release)
	})
}

// A poll that goes on whatever its context says, such as one that a server has turned into
// something else.
func TestPollIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.files["other"] = config(time.Friday)
		w.files["other"].Source.Bamboo = &schema.Bamboo{URL: "https://other.example.com"}
		stuck := &fakeSource{stuck: true, ended: make(chan struct{})}
		good := w.source
		w.ask(stuck)
		w.beats()
		w.start()
		w.save(friday)
		w.pass(time.Minute)
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
		w.pass(time.Second)
		if got := stuck.count(); got != 2 {
			t.Errorf("after SIGHUP it was polled %d times, want 2", got)
		}
		w.save("thursday") // the source is the same
		w.pass(time.Second)
		w.wantLog("hash=thursday")
		w.ask(good)
		w.save("other")
		w.pass(time.Second)
		w.wantText("3")
		w.ask(stuck)
		w.save(friday)
		w.pass(time.Second)
		w.endsInTime()
		close(stuck.ended)
	})
}

// A poll that hangs is given up by SIGHUP, and its source too.
func TestHangupGivesUpAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		good := w.source
		w.ask(&fakeSource{hang: true})
		w.start()
		w.save(friday)
		w.pass(time.Minute)
		w.ask(good)
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
		w.pass(time.Second)
		w.wantText("3")
	})
}

// A store that never answers.
func TestStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.store.stuck = make(chan struct{})
		w.beats()
		w.start()
		w.save(friday)
		w.pass(10 * time.Second)
		w.wantText("3", led.Stale)
		w.wantReason("history")
		w.wantLog("it does not answer")
		if status, _ := w.reported(); status.Store == nil {
			t.Error("status: got no trouble of the store")
		}
		w.save("thursday")
		w.pass(time.Second)
		w.wantLog("hash=thursday")
		before := w.source.count()
		w.saves <- watch.Saved{Data: []byte("thursday"), Hash: "thursday", Reloaded: true}
		w.pass(time.Second)
		if got := w.source.count() - before; got != 1 {
			t.Errorf("polls after SIGHUP: got %d, want 1", got)
		}
		w.endsInTime()
		close(w.store.stuck)
	})
}

// A store that stops to answer while the wall runs, and goes on later.
func TestSaveHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.beats()
		w.start()
		w.save(friday)
		w.pass(time.Second)
		stuck := make(chan struct{})
		w.store.change(func(s *fakeStore) { s.stuck = stuck })
		w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
		w.pass(time.Hour)
		w.wantText("1") // what was stored was read
		w.save("thursday")
		w.pass(time.Second)
		w.wantText("1")
		w.store.change(func(s *fakeStore) { s.stuck = nil })
		close(stuck)
		w.pass(time.Second)
		w.wantLog("the history can be used again")
		if known := w.store.stored(bamboo); known.Size() != 2 {
			t.Errorf("the store has %d runs, want 2", known.Size())
		}
		if got := w.store.file(); got != "thursday" {
			t.Errorf("last good file: got %q", got)
		}
		stuck = make(chan struct{})
		w.store.change(func(s *fakeStore) { s.stuck = stuck })
		w.pass(time.Hour)
		w.endsInTime()
		w.wantLog("ends before all that is known is stored")
		close(stuck)
	})
}

// hangs is a display that waits where it is told to.
type hangs struct {
	*glass
	at   string
	wait chan struct{}
}

func (h *hangs) stop(at string) {
	if h.at == at {
		<-h.wait
	}
}

func (h *hangs) open() (Display, error) { h.stop("open"); return h, nil }

func (h *hangs) Show(p led.Picture) error { h.stop("show"); return h.glass.Show(p) }

func (h *hangs) Halt() error { h.stop("halt"); return h.glass.Halt() }

// A display that hangs keeps neither the others nor the wall from going on.
func TestDisplayHangs(t *testing.T) {
	for _, at := range []string{"open", "show", "halt"} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t)
				w.files["wide"] = config(time.Friday)
				w.files["wide"].Display.Columns = 3
				hanging, last := &hangs{&glass{}, at, make(chan struct{})}, &hangs{&glass{}, at, make(chan struct{})}
				next := &glass{}
				w.options = func(o *Options) {
					o.Slots = func(d schema.Display) []Slot {
						if d.Columns == 2 {
							return append([]Slot{{Name: "hanging", Key: 1, Open: hanging.open}}, w.slots...)
						}
						return []Slot{{Name: "next", Key: 2, Open: func() (Display, error) { return next, nil }}, {Name: "last", Key: 3, Open: last.open}}
					}
				}
				w.beats()
				w.start()
				w.save(friday)
				w.pass(time.Second)
				w.wantText("3")
				w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
				w.pass(time.Hour)
				w.wantText("1")
				before := w.source.count()
				w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
				w.pass(time.Second)
				if got := w.source.count() - before; got != 1 {
					t.Errorf("polls after SIGHUP: got %d, want 1", got)
				}
				w.save("wide")
				w.pass(10 * time.Second)
				if next.calls().shown == 0 {
					t.Error("the display that takes its place is dark")
				}
				w.endsInTime()
				if next.calls().halted != 1 {
					t.Error("the other display was not halted")
				}
				if w.err == nil {
					t.Error("a display that was not blanked is not told of")
				}
				close(hanging.wait)
				close(last.wait)
			})
		})
	}
}

// history: from is a date in the policy's zone, so that another zone opens the source anew.
func TestZoneOpensAnew(t *testing.T) {
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
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.save("utc")
		w.pass(time.Second)
		if got := opened.Load(); got != 2 {
			t.Errorf("opened %d times, want 2", got)
		}
	})
}

// Of two pictures in a row the second is waited for until it is shown, not the first.
func TestSecondPictureHangs(t *testing.T) {
	l := newLoop(t.Context(), Options{Clock: NewRealClock(time.Now), Log: slog.New(slog.DiscardHandler)})
	n := &activeSlot{orders: make(chan order, 1)}
	frame := led.NewFrame(8, 8)
	n.show(led.Picture{Frame: frame, Level: 1}, 0)
	first := <-n.orders
	n.show(led.Picture{Frame: frame, Level: 2}, time.Second)
	second := <-n.orders
	shown{n, first.number, nil}.take(l)
	if !n.waiting {
		t.Error("after the first picture: it does not wait for the second")
	}
	shown{n, second.number, nil}.take(l)
	if n.waiting {
		t.Error("after the second picture it waits")
	}
}

// An evaluation that hangs until its context ends does not keep the next file.
func TestEvaluationHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.beats()
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

// A history that is locked at the start is taken up within 30 s of its release, together
// with what polls brought meanwhile.
func TestLockedAtTheStart(t *testing.T) {
	for _, locked := range []time.Duration{12 * time.Second, 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := fridays(t).start()
			w.save(friday)
			w.pass(time.Second)
			w = w.again()
			w.store.loadErr, w.store.saveErr = errors.New("database is locked"), errors.New("database is locked")
			w.source.set(nil, deployed("2", losAngeles(t, "2010-11-26 15:00")))
			w.start()
			w.save(friday)
			w.pass(locked)
			w.wantText("5", led.Stale) // since 26 November, by what the source says now
			w.wantReason("history")
			w.wantLog("database is locked")
			w.store.change(func(s *fakeStore) { s.loadErr, s.saveErr = nil, nil })
			w.pass(30 * time.Second)
			w.wantText("3")
			known := w.store.stored(bamboo)
			if e := known.Environment("1"); len(known.Environments) != 1 || !e.Has("1") || !e.Has("2") {
				t.Errorf("the store has %+v, want both runs", known)
			}
			w.wantLog("the history can be used again")
		})
	}
}

// The last good file of a history that was locked is used once it is not.
func TestLastGoodIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w = w.again()
		w.source.set(nil)
		w.store.loadErr = errors.New("database is locked")
		w.start()
		w.save("Frday")
		w.pass(12 * time.Second)
		w.store.change(func(s *fakeStore) { s.loadErr = nil })
		w.pass(30 * time.Second)
		w.wantText("3", led.Refused)
	})
}

// A store that fails while the wall runs is tried again, and has everything afterwards.
func TestFullDisk(t *testing.T) {
	for name, again := range map[string]bool{"while it runs": true, "at the end": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t).start()
				w.save(friday)
				w.pass(time.Second)
				w.store.change(func(s *fakeStore) { s.saveErr = errors.New("no space left on device") })
				w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
				w.pass(time.Hour)
				w.source.set(nil, deployed("3", losAngeles(t, "2010-12-17 15:00")))
				w.save("thursday")
				w.pass(time.Hour)
				w.wantText("1")
				w.wantLog("the wall goes on from memory")
				if status, _ := w.reported(); status.Store == nil || status.Stale {
					t.Errorf("status: store %v, stale %v, want trouble and fresh", status.Store, status.Stale)
				}
				w.store.change(func(s *fakeStore) { s.saveErr = nil })
				if again {
					w.pass(30 * time.Second)
					w.wantLog("the history can be used again")
				} else {
					w.end()
				}
				if known := w.store.stored(bamboo); known.Size() != 3 || w.store.file() != "thursday" {
					t.Errorf("the store has %d runs and %q, want 3 and the file in force", known.Size(), w.store.file())
				}
			})
		})
	}
}

// A file that was replaced gets all that is known once more.
func TestReplacedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		want := w.store.stored(bamboo)
		w.store.change(func(s *fakeStore) { s.damaged = true })
		w.pass(5*time.Minute + time.Second)
		got := w.store.stored(bamboo)
		if got.Size() != want.Size() || !got.FirstRead.Equal(want.FirstRead) || w.store.file() != friday {
			t.Errorf("the new file has %+v and %q, want %+v", got, w.store.file(), want)
		}
		w = w.again()
		w.source.set(nil)
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
	})
}

// A rule whose since is to come is not in force: beside another the wall is that one's, and
// alone it shows that nothing is known, which is not stale. It comes into force by itself.
func TestSinceToCome(t *testing.T) {
	since := rules.Date{Year: 2011, Month: time.January, Day: 3}
	later := config(time.Friday)
	later.Rules[0].Since = since
	both := config(time.Friday)
	both.Rules = append(both.Rules, rules.Rule{Name: "weekends", Forbid: []rules.Window{{Weekdays: []time.Weekday{time.Saturday}, To: 24 * 60}}, Since: since})
	for name, c := range map[string]struct {
		policy *schema.Config
		before func(*wall)
	}{
		"alone": {later, func(w *wall) { w.wantSymbol(led.Unknown) }},
		"both":  {both, func(w *wall) { w.wantText("3") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWall(t, files{friday: c.policy})
				w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
				w.start()
				w.save(friday)
				w.pass(time.Until(losAngeles(t, "2011-01-03 00:00")) - time.Second)
				c.before(w)
				w.pass(2100 * time.Millisecond)
				w.wantText("0")
				status, _ := w.reported()
				if lead := status.Verdict.Lead; !lead.InForce || !lead.Since.Equal(losAngeles(t, "2011-01-03 00:00")) || status.Stale {
					t.Errorf("got %+v, stale %v", lead, status.Stale)
				}
			})
		})
	}
}

// Login comes before the clock, and that before environments.
func TestGlyphOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  source.Kind
		clock ClockState
		gone  bool
		want  led.Symbol
	}{
		{"login and clock", source.Login, ClockUnsynchronised, false, led.AuthError},
		{"login and gone", source.Login, ClockTrusted, true, led.AuthError},
		{"clock and missing", source.Missing, ClockUnsynchronised, false, led.ClockError},
		{"clock and gone", source.Other, ClockUnsynchronised, true, led.ClockError},
		{"gone", source.Other, ClockTrusted, true, led.Environment},
		{"missing", source.Missing, ClockTrusted, false, led.Environment},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var state atomic.Value
				state.Store(ClockTrusted)
				w := fridays(t)
				w.options = func(o *Options) {
					o.ClockState = func(time.Time) ClockStatus { return ClockStatus{State: state.Load().(ClockState)} }
				}
				clock := &shiftedClock{RealClock: NewRealClock(time.Now)}
				w.clock = clock
				w.start()
				w.save(friday)
				w.pass(time.Second)
				if c.gone {
					w.source.change(func(s *fakeSource) { s.answer.Environments = nil })
					w.pass(5 * time.Minute)
				}
				if c.clock != ClockTrusted {
					state.Store(c.clock)
					clock.shift(time.Hour)
				}
				if c.kind != source.Other {
					w.source.change(func(s *fakeSource) { s.err = &source.Error{Kind: c.kind, Err: errors.New("trouble")} })
				}
				w.pass(time.Hour)
				if uptime := time.Since(newYear); uptime/alternate%2 == 0 {
					w.pass(alternate - uptime%alternate + time.Millisecond)
				}
				w.wantSymbol(c.want, led.Stale)
				w.pass(alternate)
				w.wantText("3", led.Stale) // in turns
			})
		})
	}
}
