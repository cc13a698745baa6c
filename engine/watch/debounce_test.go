package watch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Nothing that leaves the bytes alone may be reported.
func TestWatchUnchangedContent(t *testing.T) {
	t.Parallel()
	for _, pollOnly := range []bool{false, true} {
		t.Run(fmt.Sprintf("pollOnly=%v", pollOnly), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "counter.cue")
			write(t, path, "same")
			w := newWatcher(path, 2*time.Millisecond, 8*time.Millisecond)
			if pollOnly {
				w.open = noEvents
			}
			r := start(t, w)
			r.content("same")
			for i := range 1000 {
				at := time.Unix(1_700_000_000+int64(i), 0)
				must(t, os.Chtimes(path, at, at))
				if i%200 == 0 {
					time.Sleep(30 * time.Millisecond) // enough to come to rest, and to report what must not be
				}
			}
			for range 20 {
				replace(t, path, "same")
				must(t, os.Chmod(path, 0o600))
				must(t, os.Chmod(path, 0o644))
			}
			time.Sleep(30 * time.Millisecond)
			r.reload(w)
			got := fmt.Sprint(texts(r.list()))
			if want := `["same" "same" reloaded]`; got != want {
				t.Errorf("got reports %s, want %s", got, want)
			}
		})
	}
}

// A file written byte by byte is reported when it is whole, and not before.
func TestWatchSlowWriter(t *testing.T) {
	t.Parallel()
	const (
		pause = 20 * time.Millisecond
		rest  = 800 * time.Millisecond
	)
	whole := strings.Repeat("rules: forbid\n", 4)
	for _, pollOnly := range []bool{false, true} {
		t.Run(fmt.Sprintf("pollOnly=%v", pollOnly), func(t *testing.T) {
			t.Parallel()
			for range 20 {
				path := filepath.Join(t.TempDir(), "counter.cue")
				write(t, path, "old")
				w := newWatcher(path, 10*time.Millisecond, rest)
				if pollOnly {
					w.open = noEvents
				}
				r := start(t, w)
				r.content("old")
				f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
				must(t, err)
				longest, last := time.Duration(0), time.Now()
				for i := range len(whole) {
					time.Sleep(pause)
					_, err := f.WriteString(whole[i : i+1])
					must(t, err)
					now := time.Now()
					longest, last = max(longest, now.Sub(last)), now
				}
				must(t, f.Close())
				r.content(whole)
				got := fmt.Sprintf("%q", texts(r.list()))
				want := fmt.Sprintf("%q", texts([]Saved{{Data: []byte("old")}, {Data: []byte(whole)}}))
				if got == want {
					return
				}
				if longest < rest/2 {
					t.Fatalf("got reports %s, want %s; longest pause %v", got, want, longest)
				}
			}
			t.Fatal("the machine is too busy: the writer itself paused for longer than the settling time, 20 times")
		})
	}
}

// A file that is another one at each look is reported all the same, now and then.
func TestWatchRestlessFile(t *testing.T) {
	t.Parallel()
	var looks atomic.Int64
	w := newWatcher(filepath.Join(t.TempDir(), "counter.cue"), time.Millisecond, time.Millisecond)
	w.read = func(path string) Saved {
		text := fmt.Sprint(looks.Add(1))
		return Saved{Data: []byte(text), Hash: text}
	}
	r := start(t, w)
	for i := range 3 {
		want := fmt.Sprint(1 + i*(maxLooks+1)) // the first look is reported at once
		for end := time.Now().Add(timeout); len(r.list()) <= i; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("got reports %q, want more", texts(r.list()))
			}
		}
		if got := string(r.list()[i].Data); got != want {
			t.Errorf("got report of look %s, want %s", got, want)
		}
	}
}

// Ten thousand saves are few reports, and the last one wins.
func TestWatchStorm(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "start")
	r := start(t, New(path, func() {}))
	r.content("start")
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	defer f.Close()
	for i := range 10_000 {
		_, err := fmt.Fprintf(io.NewOffsetWriter(f, 0), "version %d", i)
		must(t, err)
		if i%100 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	r.content("version 9999")
	// One would do; a machine that holds the writer up makes more.
	if got := len(r.list()); got > 100 {
		t.Errorf("got %d reports of 10,000 saves, want few", got)
	}
}

// Another file in the same directory that is written all the time wakes the watcher only so
// often, and keeps no save from it.
func TestWatchBusyNeighbour(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	write(t, path, "one")
	var looks atomic.Int64
	w := newWatcher(path, time.Hour, 80*time.Millisecond)
	w.heartbeat = func() { looks.Add(1) }
	r := start(t, w)
	r.content("one")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				os.WriteFile(filepath.Join(dir, "access.log"), []byte("GET /"), 0o644)
			}
		}
	}()
	before, began := looks.Load(), time.Now()
	time.Sleep(400 * time.Millisecond)
	got, most := looks.Load()-before, int64(time.Since(began)/(20*time.Millisecond))+2
	if got > most {
		t.Errorf("got %d looks because of another file, want at most %d", got, most)
	}
	replace(t, path, "two")
	r.content("two")
	close(stop)
	<-done
}

func TestWatchAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "one")
	w := newWatcher(path, time.Hour, 20*time.Millisecond)
	r := start(t, w)
	r.content("one")
	if got := r.reload(w); string(got.Data) != "one" || got.Hash == "" {
		t.Errorf("got %+v, want the content once more", got)
	}
	replace(t, path, "two")
	if got := r.reload(w); string(got.Data) != "two" {
		t.Errorf("got %q, want the content of now", got.Data)
	}
	must(t, os.Remove(path))
	missing := "read " + path + ": no such file or directory"
	r.fails(missing)
	if got := r.reload(w); got.Err == nil || got.Err.Error() != missing {
		t.Errorf("got %+v, want the error once more", got)
	}
}

// Many calls before a look are one.
func TestWatchAgainBeforeWatch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "one")
	w := newWatcher(path, time.Hour, 20*time.Millisecond)
	for range 100 {
		w.Reload()
	}
	r := start(t, w)
	r.await("a reload", func(s Saved) bool { return s.Reloaded })
	r.reload(w)
	if got := len(r.list()); got > 3 {
		t.Errorf("got %d reports, want at most the first and two forced: %q", got, texts(r.list()))
	}
}

// A slow receiver gets the newest report, with the marks of those that nobody took.
func TestNewestReportWins(t *testing.T) {
	warning := errors.New("w")
	tests := []struct {
		name     string
		received string
		in       []Saved // Data, Reloaded and Warning of the reports
		want     string
	}{
		{"one", "", []Saved{{Data: []byte("a")}}, `["a"]`},
		{"newest", "", []Saved{{Data: []byte("a")}, {Data: []byte("b")}}, `["b"]`},
		{"back to what is known", "a", []Saved{{Data: []byte("b")}, {Data: []byte("a")}}, `[]`},
		{"back, but asked for", "a", []Saved{{Data: []byte("b"), Reloaded: true}, {Data: []byte("a")}}, `["a" reloaded]`},
		{"back, the warning is gone", "a", []Saved{{Data: []byte("b"), Warning: warning}, {Data: []byte("a")}}, `[]`},
		{"warning stays", "a", []Saved{{Data: []byte("b")}, {Data: []byte("a"), Warning: warning}}, `["a" warning w]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := New("counter.cue", func() {})
			w.timer = time.NewTimer(time.Hour)
			w.sent = Saved{Hash: tt.received}.state()
			for _, s := range tt.in {
				w.reloaded = s.Reloaded
				s.Hash = string(s.Data)
				for w.update(s); w.news > 0; w.update(s) {
				}
			}
			var left []Saved
			if w.isUnsent() {
				left = append(left, w.report)
			}
			if got := fmt.Sprint(texts(left)); got != tt.want {
				t.Errorf("got %s to send, want %s", got, tt.want)
			}
		})
	}
}

// The watcher beats at each look, whatever the file is.
func TestWatchBeats(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "counter.cue"), "same")
	for _, name := range []string{"counter.cue", "missing.cue"} {
		var beats atomic.Int64
		w := New(filepath.Join(dir, name), func() { beats.Add(1) })
		w.poll = time.Millisecond
		start(t, w)
		for end := time.Now().Add(timeout); beats.Load() < 10 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		}
		if beats.Load() < 10 {
			t.Errorf("%s: got %d beats", name, beats.Load())
		}
	}
}

// One look at rest: what every poll costs.
func BenchmarkWatchLook(b *testing.B) {
	path := filepath.Join(b.TempDir(), "counter.cue")
	if err := os.WriteFile(path, make([]byte, 2048), 0o644); err != nil {
		b.Fatal(err)
	}
	w := New(path, func() {})
	w.timer = time.NewTimer(time.Hour)
	defer w.close()
	for b.Loop() {
		w.look()
		w.update(<-w.looks)
	}
}
