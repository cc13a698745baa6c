package engine

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/engine/watch"
)

// A copy of the last good file that could not be kept is tried again.
func TestLastGoodFileIsSavedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.store.saveErr = errors.New("database is locked")
		w.show()
		w.wantLog("database is locked")
		w.store.change(func(s *fakeStore) { s.saveErr = nil })
		w.pass(time.Minute)
		if got := w.store.file(); got != friday {
			t.Errorf("last good file: got %q, want the one in force", got)
		}
	})
}

// A store that never answers.
func TestLoadingHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.store.stuck = make(chan struct{})
		w.checkHeartbeat()
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
func TestSavingHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		w.checkHeartbeat()
		w.show()
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

// A history that is locked at the start is taken up within 30 s of its release, together
// with what polls brought meanwhile.
func TestStoreIsLockedAtTheStart(t *testing.T) {
	for _, locked := range []time.Duration{12 * time.Second, 10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := fridays(t).show()
			w = w.restart()
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
func TestLastGoodFileIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t).show()
		w = w.restart()
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
				w := fridays(t).show()
				w.store.change(func(s *fakeStore) { s.saveErr = errors.New("no space left on device") })
				w.source.set(nil, deployed("2", losAngeles(t, "2010-12-24 15:00")))
				w.pass(time.Hour)
				w.source.set(nil, deployed("3", losAngeles(t, "2010-12-17 15:00")))
				w.save("thursday")
				w.pass(time.Hour)
				w.wantText("1")
				w.wantLog("the counter goes on from memory")
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
		w := fridays(t).show()
		want := w.store.stored(bamboo)
		w.store.change(func(s *fakeStore) { s.damaged = true })
		w.pass(5*time.Minute + time.Second)
		got := w.store.stored(bamboo)
		if got.Size() != want.Size() || !got.FirstRead.Equal(want.FirstRead) || w.store.file() != friday {
			t.Errorf("the new file has %+v and %q, want %+v", got, w.store.file(), want)
		}
		w = w.restart()
		w.source.set(nil)
		w.show()
		w.wantText("3")
	})
}
