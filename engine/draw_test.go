package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema"
)

// alternate is after how long a symbol and the number take turns.
const alternate = 2 * time.Second

func TestTroubleSymbols(t *testing.T) {
	for _, c := range []struct {
		kind source.Kind
		want led.Symbol
	}{{source.Login, led.AuthError}, {source.Missing, led.Environment}} {
		t.Run(fmt.Sprint(c.want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := fridays(t)
				w.source.set(&source.Error{Kind: c.kind, Err: errors.New("trouble")})
				w.show()
				w.wantSymbol(c.want, led.Stale) // nothing is known: it replaces the dashes
				w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
				w.pass(time.Hour)
				w.wantText("3")
				w.source.set(&source.Error{Kind: c.kind, Err: errors.New("trouble")})
				w.pass(time.Hour)
				seen := map[string]int{}
				for range 40 {
					seen[w.glass.picture()]++
					w.pass(100 * time.Millisecond)
				}
				if len(seen) != 4 { // number and symbol, each with the mark lit and dark
					t.Errorf("got %d pictures in 4 s, want the number and the symbol in turns", len(seen))
				}
			})
		})
	}
}

// A record that falls is celebrated by day, and only logged at night.
func TestAnimationWhenARecordFalls(t *testing.T) {
	for _, c := range []struct {
		name  string
		level led.Level // while the record falls
		want  bool
	}{{"day", 8, true}, {"night", 1, false}, {"off", led.Off, false}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				policy := config(time.Friday)
				policy.Brightness = []schema.Brightness{{Level: c.level, During: []rules.Window{{From: 12 * 60, To: 18 * 60}}}, {Level: 8}}
				w := newHarness(t, files{friday: policy})
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
					seen[w.glass.picture()] = true
				}
				if got := len(seen) > 5; got != c.want {
					t.Errorf("%d pictures in the seconds of the record, animation: want %v", len(seen), c.want)
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
				w.show()
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
