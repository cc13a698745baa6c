package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

func TestPagesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(time.Friday)
		w := newHarness(t, files{"two pages": c})
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
		w := newHarness(t, files{"bad page": config(time.Friday)})
		w.source.set(nil, deployed("1", losAngeles(t, "2010-12-10 15:00")))
		w.start()
		w.save("bad page")
		w.pass(time.Second)
		w.wantText("3")
		w.pass(8 * 24 * time.Hour)
		w.wantText("4", led.Refused)
		w.wantLog("division by zero")
		if status, _ := w.reported(); status.PagesErr == nil {
			t.Error("the status does not say why the page is not shown")
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
