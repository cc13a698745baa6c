package engine

import (
	"errors"
	"fmt"
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

// friday is a policy file of the tests, good in every wall that knows it.
const friday = "forbid Friday"

// fridays is a wall whose file forbids Fridays and whose source knows one breach,
// on Friday 10 December 2010 at 15:00: three weeks before 31 December.
func fridays(t *testing.T) *wall {
	w := newWall(t, files{
		friday:     config(time.Friday),
		"thursday": config(time.Thursday, time.Friday),
	})
	w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
	return w
}

func TestNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		if got := w.panel.calls().shown; got != 0 {
			t.Errorf("before any file: got %d pictures, want none", got)
		}
		w.save(friday)
		w.pass(time.Second)
		w.wantText("3")
		w.wantLog(`weeks=3`)
		w.wantLog(`version=release-1`)
	})
}

// The number ticks at the minute, by the wall clock of the zone and without a poll.
func TestTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		tick := losAngeles(t, "2011-01-07 15:01")
		w.pass(time.Until(tick) - time.Second)
		w.wantText("3")
		w.pass(2100 * time.Millisecond)
		w.wantText("4")
	})
}

func TestRefusedFileChangesOnlyTheMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
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

// Another save is answered, also with the words of the one before; the same content
// is not told of twice.
func TestEachRefusedSaveIsToldOf(t *testing.T) {
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
		if got, want := strings.Count(w.log.String(), "fork: cannot allocate memory"), 2; got != want {
			t.Errorf("got %d lines, want %d:\n%s", got, want, w.log.String())
		}
	})
}

func TestReloadTellsWhatItChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")), deployed("2", losAngeles(t, "2010-12-16 15:00")))
		w.start()
		w.save(friday)
		w.pass(time.Second)
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

func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w.source.set(errors.New("GET https://bamboo.example.com: 502"))
		w.pass(time.Hour)
		w.wantText("3", led.Stale)
		w.wantLog("502")
		w.source.set(nil)
		w.pass(20 * time.Minute)
		w.wantText("3")
		w.wantLog("polling works again")
	})
}

// A poll that never comes back makes the facts stale after twice the interval.
func TestStaleWithoutAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(9 * time.Hour) // it is Saturday: one poll an hour
		w.source.change(func(s *fakeSource) { s.hang = true })
		status, _ := w.reported()
		w.pass(time.Until(status.Good.Add(2*time.Hour)) - time.Second)
		w.wantText("3")
		w.pass(2 * time.Second)
		w.wantText("3", led.Stale)
	})
}

func TestTroubleGlyphs(t *testing.T) {
	for _, c := range []struct {
		kind source.Kind
		want led.Symbol
	}{{source.Login, led.AuthError}, {source.Missing, led.Environment}} {
		t.Run(fmt.Sprint(c.want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t)
				w.source.set(&source.Error{Kind: c.kind, Err: errors.New("trouble")})
				w.start()
				w.save(friday)
				w.pass(time.Second)
				w.wantSymbol(c.want, led.Stale) // nothing is known: it replaces the dashes
				w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
				w.pass(time.Hour)
				w.wantText("3")
				w.source.set(&source.Error{Kind: c.kind, Err: errors.New("trouble")})
				w.pass(time.Hour)
				seen := map[string]int{}
				for range 40 {
					seen[w.panel.picture()]++
					w.pass(100 * time.Millisecond)
				}
				if len(seen) != 4 { // number and glyph, each with the mark lit and dark
					t.Errorf("got %d pictures in 4 s, want the number and the glyph in turns", len(seen))
				}
			})
		})
	}
}

func TestUnknownAndAtLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(errors.New("no route to host"))
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantSymbol(led.Unknown, led.Stale)
		w.source.set(nil)
		w.pass(time.Hour)
		w.wantText("52", led.AtLeast)
	})
}

// An environment that is listed and could not be read makes the number unknown: without
// it, the number could be better than is true.
func TestFirstContactIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.change(func(s *fakeSource) {
			s.err = &source.Error{EnvironmentID: "2", Err: errors.New("environment 2: 403")}
			s.answer.Environments = append(s.answer.Environments, source.Environment{Environment: rules.Environment{ID: "2", Name: "Live", Project: "shop"}})
		})
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.wantSymbol(led.Unknown, led.Stale)
		w.source.change(func(s *fakeSource) { s.err, s.answer.Environments[1] = nil, production("2", "Live", 1) })
		w.pass(time.Hour)
		w.wantText("3")
		w.source.set(errors.New("environment 1: 403"), deployed("2", losAngeles(t, "2010-12-24 15:00")))
		w.pass(time.Hour)
		w.wantText("1", led.Stale) // what could be read counts at once
	})
}

// A record that cannot be judged is told of, and its neighbours count.
func TestFutureDeployment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w.source.set(nil, deployed("2", losAngeles(t, "2011-02-04 15:00")), deployed("3", losAngeles(t, "2010-12-24 15:00")))
		w.pass(time.Hour)
		w.wantText("1", led.Stale)
		w.wantLog("deployment 2 of shop/Production cannot be judged")
		w.wantReason("record")
		w.source.set(nil, deployed("2", losAngeles(t, "2010-12-27 15:00")))
		w.pass(time.Hour)
		w.wantText("1")
	})
}

func TestInvalidFileAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save("Frday")
		w.pass(time.Second)
		if w.panel.calls().shown != 0 {
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
		w.startWith(salvaging{w.files})
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
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
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

func TestPollInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Until(losAngeles(t, "2011-01-06 23:59")))
		before := w.source.count()
		if before < 239 || before > 241 {
			t.Errorf("polls in eight hours of Friday and six days: got %d, want 8*12 + 6*24 = 240", before)
		}
		w.pass(24 * time.Hour)
		if got := w.source.count() - before; got < 286 || got > 289 {
			t.Errorf("polls on a Friday at one in 5 minutes: got %d, want 288", got)
		}
	})
}

// A day without a server costs few requests and few lines.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.options = func(o *Options) { o.Jitter = func() float64 { return 0 } } // the shortest waits
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.source.set(errors.New("connection refused"))
		before := w.source.count()
		w.pass(25 * time.Hour)
		if got := w.source.count() - before; got > 120 {
			t.Errorf("requests in a day without a server: got %d, want at most 120", got)
		}
		if got := strings.Count(w.log.String(), "\n"); got > 200 {
			t.Errorf("lines logged in a day without a server: got %d, want at most 200", got)
		}
		w.wantText("3", led.Stale)
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(&source.Error{RetryAfter: 40 * time.Minute, Err: errors.New("429")})
		w.start()
		w.save(friday)
		w.pass(39 * time.Minute)
		if got := w.source.count(); got != 1 {
			t.Errorf("polls before the server permits: got %d, want 1", got)
		}
		w.pass(2 * time.Minute)
		if got := w.source.count(); got != 2 {
			t.Errorf("polls after: got %d, want 2", got)
		}
	})
}

func TestEndBlanks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w.source.change(func(s *fakeSource) { s.hang = true })
		w.pass(2 * time.Hour) // a poll hangs
		began := time.Now()
		w.end()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("end took %v, want at most 2 s", took)
		}
		if w.panel.calls().halted != 1 {
			t.Errorf("halted %d times, want once", w.panel.calls().halted)
		}
	})
}

func TestBrokenDisplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		other := &glass{}
		w.slots = append(w.slots, Slot{Name: "other", Key: "other", Open: func() (Display, error) { return other, nil }})
		w.start()
		w.save(friday)
		w.pass(time.Second)
		w.panel.fail(errors.New("input/output error"))
		w.pass(2 * time.Minute)
		if got := strings.Count(w.log.String(), "input/output error"); got != 1 {
			t.Errorf("the error was logged %d times, want once", got)
		}
		broken := w.panel
		w.panel = other
		w.wantText("3", led.Faulty)
		w.panel = broken
		if status, _ := w.reported(); len(status.Faulty) != 1 || status.Faulty[0] != "glass" {
			t.Errorf("faulty: got %q, want glass", status.Faulty)
		}
		w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
		w.panel.fail(nil)
		w.pass(time.Hour)
		w.wantText("1")
		w.wantLog("the display works again")
		if status, _ := w.reported(); status.Faulty != nil {
			t.Errorf("faulty at the end: got %q", status.Faulty)
		}
		if got, want := other.picture(), w.panel.picture(); got != want {
			t.Errorf("the other display: got\n%swant\n%s", got, want)
		}
	})
}

func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(10*time.Minute + time.Second)
		if got := w.panel.calls().refreshed; got != 60 {
			t.Errorf("rewrites in 10 minutes at one in 10 s: got %d, want 60", got)
		}
	})
}

func TestBrightness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(time.Friday)
		c.Brightness = []schema.Brightness{
			{Level: led.Off, During: []rules.Window{{From: 22 * 60, To: 6 * 60}}},
			{Level: 8},
		}
		w := newWall(t, files{"night": c})
		w.source.set(nil)
		w.start()
		w.save("night")
		w.pass(time.Until(losAngeles(t, "2011-01-01 21:59")))
		if got := w.panel.calls().level; got != 8 {
			t.Errorf("level at 21:59: got %d, want 8", got)
		}
		w.pass(time.Minute + time.Second)
		if got := w.panel.calls().level; got != led.Off {
			t.Errorf("level at 22:00: got %d, want off", got)
		}
		w.pass(8 * time.Hour)
		if got := w.panel.calls().level; got != 8 {
			t.Errorf("level at 06:00: got %d, want 8", got)
		}
	})
}

func TestPagesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(time.Friday)
		w := newWall(t, files{"two pages": c})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-24 15:00")))
		w.start()
		w.save("two pages")
		w.pass(time.Second)
		w.wantText("1")
		w.pass(10 * time.Second)
		w.wantText("7d")
		w.pass(10 * time.Second)
		w.wantText("1")
	})
}

func TestBadPageShowsTheBareNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t, files{"bad page": config(time.Friday)})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save("bad page")
		w.pass(time.Second)
		w.wantText("3")
		w.pass(8 * 24 * time.Hour)
		w.wantText("4", led.Refused)
		w.wantLog("division by zero")
	})
}

// An answer to a source that is no longer configured is dropped.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := config(time.Friday)
		other.Source.Bamboo = &schema.Bamboo{URL: "https://other.example.com"}
		w := newWall(t, files{friday: config(time.Friday), "other": other})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.source.slow = time.Minute
		w.start()
		w.save(friday)
		w.pass(time.Second)
		first := w.source
		second := &fakeSource{}
		second.set(nil, deployed("9", losAngeles(t, "2010-12-24 15:00")))
		w.ask(second)
		w.save("other")
		w.pass(2 * time.Minute)
		w.wantText("1")
		if first.count() != 1 {
			t.Errorf("the first source was polled %d times, want once", first.count())
		}
	})
}

func TestHangup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w.saves <- watch.Saved{Data: []byte(friday), Hash: friday, Reloaded: true}
		w.pass(time.Second)
		if got := w.source.count(); got != 2 {
			t.Errorf("polls after SIGHUP: got %d, want 2", got)
		}
	})
}

// Months of polls, a breach and four faults in each: the number is right every day.
func TestMonths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.slots[0].Refresh = 0 // three million rewrites show nothing here
		w.start()
		w.save(friday)
		breach := losAngeles(t, "2010-12-10 15:01")
		days := 95
		if testing.Short() {
			days = 35
		}
		for day := range days {
			w.pass(24 * time.Hour)
			switch {
			case day%30 == 29:
				for breach = time.Now(); breach.In(mustZone(t)).Weekday() != time.Friday; breach = breach.Add(-24 * time.Hour) {
				}
				w.source.set(nil, deployed(fmt.Sprint(day), breach.Add(-time.Minute)))
				w.pass(2 * time.Hour)
			case day%7 == 3:
				w.source.set(errors.New("connection refused"))
				w.pass(90 * time.Minute)
				w.source.set(nil)
				w.pass(time.Hour)
			}
			want := int(time.Since(breach).Hours()) / (24 * 7)
			status, _ := w.reported()
			if got := status.Verdict.Lead.Weeks; got != want && !nearTick(breach) {
				t.Fatalf("day %d: got %d weeks, want %d", day, got, want)
			}
		}
	})
}

func mustZone(t *testing.T) *time.Location { return losAngeles(t, "2011-01-01 00:00").Location() }

// nearTick reports whether daylight saving may put the tick an hour off the
// arithmetic of TestYear.
func nearTick(breach time.Time) bool {
	since := time.Since(breach) % (7 * 24 * time.Hour)
	return since < 2*time.Hour || since > 7*24*time.Hour-2*time.Hour
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

// Until the page for a known number is computed, the dashes stay: the page for an
// unknown one says 0.
func TestNoFalseNumberAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.slow = 200 * time.Millisecond
		w.startWith(slowPages{w.files})
		w.save(friday)
		seen := map[string]bool{}
		for range 300 {
			seen[w.panel.picture()] = true
			w.pass(10 * time.Millisecond)
		}
		w.wantText("3")
		zero, err := led.Fit("0", 16, 8, led.FontAuto, led.Saturate)
		if err != nil {
			t.Fatal(err)
		}
		f := led.NewFrame(16, 8)
		zero.Draw(f, 0)
		if seen[f.String()] {
			t.Error("a zero was shown while the number was not known")
		}
	})
}

// A renamed environment is read on, and the rules that name it by its former name go on
// to apply.
func TestRenamedEnvironment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scoped := config(time.Friday)
		scoped.Rules[0].Environments = []rules.Pattern{pattern(t, "Production")}
		w := newWall(t, files{"scoped": scoped})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save("scoped")
		w.pass(time.Second)
		w.wantText("3")
		next := deployed("2", losAngeles(t, "2010-12-24 15:00"))
		next.Environment = "Live"
		w.source.set(nil, next)
		w.source.change(func(s *fakeSource) { s.answer.Environments[0].Name = "Live" })
		w.pass(time.Hour)
		w.wantLog("shop/Production is now shop/Live")
		w.wantText("1")
	})
}

// A scope that matches nothing is trouble.
func TestScopeMatchesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scoped := config(time.Friday)
		scoped.Rules[0].Environments = []rules.Pattern{pattern(t, "Prodution")}
		w := newWall(t, files{"scoped": scoped})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save("scoped")
		w.pass(time.Second)
		w.wantSymbol(led.Environment, led.Stale)
		w.wantReason("scope")
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

func TestHangupWithAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).start()
		w.save(friday)
		w.pass(time.Second)
		w.saves <- watch.Saved{Data: []byte("thursday"), Hash: "thursday", Reloaded: true}
		w.pass(time.Second)
		if got := w.source.count(); got != 2 {
			t.Errorf("polls after SIGHUP: got %d, want 2", got)
		}
	})
}

// Pages may use the record, the streak before and the hours to the next window.
func TestLiveValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.set(nil, deployed("1", losAngeles(t, "2010-10-01 15:00")), deployed("2", losAngeles(t, "2010-11-19 15:00")), deployed("3", losAngeles(t, "2010-12-10 15:00")))
		recorder := &recordingPages{files: w.files}
		w.startWith(recorder)
		w.save(friday)
		w.pass(10 * time.Hour) // Saturday 1 January, 02:00
		got := recorder.last()
		// The longest is the time from where the facts begin to the first breach.
		if got.Weeks != 3 || got.Record != 39 || got.Previous != 2 {
			t.Errorf("got %d weeks, record %d, previous %d, want 3, 39, 2", got.Weeks, got.Record, got.Previous)
		}
		if want := 5*24 + 22; got.HoursToWindow != want || got.Forbidden {
			t.Errorf("got %d hours to the window, forbidden %v, want %d", got.HoursToWindow, got.Forbidden, want)
		}
		w.pass(6 * 24 * time.Hour) // Friday
		if got := recorder.last(); got.HoursToWindow != 0 || !got.Forbidden {
			t.Errorf("on Friday: got %d hours, forbidden %v, want 0, true", got.HoursToWindow, got.Forbidden)
		}
	})
}
