package engine

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// The watcher beats at each look, whatever the file is.
func TestWatcherBeats(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "counter.cue"), "same")
	for _, name := range []string{"counter.cue", "missing.cue"} {
		var beats atomic.Int64
		ctx, cancel := context.WithCancel(context.Background())
		w := &Watcher{Path: filepath.Join(dir, name), Poll: time.Millisecond, Beat: func() { beats.Add(1) }}
		saves := w.Watch(ctx)
		<-saves
		for end := time.Now().Add(patience); beats.Load() < 10 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		if beats.Load() < 10 {
			t.Errorf("%s: got %d beats", name, beats.Load())
		}
		cancel()
		for range saves {
		}
	}
}

// stuck is a display that can be made to wait, as a driver in the kernel may.
type stuck struct {
	*glass
	wait chan struct{}
}

func (s *stuck) Show(p led.Picture) error {
	<-s.wait
	return s.glass.Show(p)
}

// Displays that fail had their turn, and one that never returns had not.
func TestShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := fridays(t)
		var shown atomic.Int64
		w.options = func(o *Options) { o.Shown = func() { shown.Add(1) } }
		display := &stuck{w.panel, make(chan struct{})}
		w.panels[0].Open = func() (Display, error) { return display, nil }
		w.panels = append([]Panel{{Name: "broken", Key: "broken", Open: func() (Display, error) { return nil, errors.New("no SPI port found") }}}, w.panels...)
		w.start()
		w.pass(2 * maxSleep)
		if shown.Load() < 2 {
			t.Errorf("without a display: got %d turns", shown.Load())
		}
		w.save(friday)
		before := shown.Load()
		w.pass(10 * maxSleep)
		if got := shown.Load() - before; got > 2 { // those before the file was evaluated
			t.Errorf("with a display that hangs: got %d turns", got)
		}
		close(display.wait)
		before = shown.Load()
		w.pass(2 * maxSleep)
		if shown.Load() < before+2 {
			t.Errorf("with a display that fails beside one that works: got %d turns", shown.Load()-before)
		}
	})
}
