package engine

import (
	"errors"
	"slices"
	"strings"
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

// An environment that is listed and could not be read makes the number unknown: without
// it, the number could be better than is true.
func TestNumberIsUnknownUntilAllIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.source.change(func(s *fakeSource) {
			s.err = &source.Error{EnvironmentID: "2", Err: errors.New("environment 2: 403")}
			s.answer.Environments = append(s.answer.Environments, source.Environment{Environment: rules.Environment{ID: "2", Name: "Live", Project: "shop"}})
		})
		w.show()
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
func TestUnusableRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
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
func TestOutageCostsFewRequestsAndLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.options = func(o *Options) { o.Jitter = func() float64 { return 0 } } // the shortest waits
		w.show()
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

// An answer to a source that is no longer configured is dropped.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := config(time.Friday)
		other.Sources[0].URL = "https://other.example.com"
		w := newHarness(t, files{friday: config(time.Friday), "other": other})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.source.slow = time.Minute
		w.show()
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

// A source is configured another way while it is polled: what the old poll brings is
// dropped, because it was asked for something else.
func TestLateAnswerOfTheSameServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wider := config(time.Friday)
		wider.Sources[0].URL, wider.Sources[0].Environments = "https://bamboo.example.com/", []rules.Pattern{pattern(t, "/./")}
		w := newHarness(t, files{friday: config(time.Friday), "wider": wider})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.show()
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
		parts := &partsSource{parts: []source.Answer{
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
		w.parts = &partsSource{parts: []source.Answer{
			{Listed: true, Environments: []source.Environment{one}, Deployments: []rules.Deployment{deployed("1", losAngeles(t, "2010-12-10 15:00"))}},
			{Listed: true, Environments: []source.Environment{one, production("3", "Staging", 12)}},
			{Listed: true, More: true, Environments: []source.Environment{one, production("3", "Staging", 12), inPart("2", "Live", 12)}, Deployments: []rules.Deployment{breach}},
			{Listed: true, Environments: []source.Environment{one, production("3", "Staging", 12), production("2", "Live", 12)}},
		}}
		w.show()
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

// A source whose Open never returns.
func TestOpeningASourceHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.files["other"] = config(time.Friday)
		w.files["other"].Sources[0].URL = "https://other.example.com"
		release := make(chan struct{})
		var opened atomic.Int64
		w.options = func(o *Options) {
			o.Open = func(c *schema.Config, name string) (source.Source, error) {
				if opened.Add(1); c.Sources[0].URL == "https://bamboo.example.com" {
					<-release
				}
				return w.source, nil
			}
		}
		w.checkHeartbeat()
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
		w.files["other"].Sources[0].URL = "https://other.example.com"
		stuck := &fakeSource{stuck: true, ended: make(chan struct{})}
		good := w.source
		w.ask(stuck)
		w.checkHeartbeat()
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
func TestReloadGivesUpAPoll(t *testing.T) {
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
