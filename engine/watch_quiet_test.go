package engine

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Nothing that leaves the bytes alone may be reported.
func TestWatchUnchangedContent(t *testing.T) {
	t.Parallel()
	for _, noEvents := range []bool{false, true} {
		t.Run(fmt.Sprintf("noEvents=%v", noEvents), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "counter.cue")
			write(t, path, "same")
			w := &Watcher{Path: path, Poll: 2 * time.Millisecond, Settle: 8 * time.Millisecond, NoEvents: noEvents}
			r := start(t, w)
			r.content("same")
			for i := range 1000 {
				at := time.Unix(1_700_000_000+int64(i), 0)
				must(t, os.Chtimes(path, at, at))
				if i%200 == 0 {
					time.Sleep(30 * time.Millisecond) // enough to settle, and to report what must not be
				}
			}
			for range 20 {
				replace(t, path, "same")
				must(t, os.Chmod(path, 0o600))
				must(t, os.Chmod(path, 0o644))
			}
			time.Sleep(30 * time.Millisecond)
			r.forced(w)
			got := fmt.Sprint(texts(r.list()))
			if want := `["same" "same" forced]`; got != want {
				t.Errorf("got reports %s, want %s", got, want)
			}
		})
	}
}

// A file written byte by byte is reported when it is whole, and not before.
func TestWatchSlowWriter(t *testing.T) {
	t.Parallel()
	const (
		pause  = 20 * time.Millisecond
		settle = 800 * time.Millisecond
	)
	whole := strings.Repeat("rules: forbid\n", 4)
	for _, noEvents := range []bool{false, true} {
		t.Run(fmt.Sprintf("noEvents=%v", noEvents), func(t *testing.T) {
			t.Parallel()
			for range 20 {
				path := filepath.Join(t.TempDir(), "counter.cue")
				write(t, path, "old")
				w := &Watcher{Path: path, Poll: 10 * time.Millisecond, Settle: settle, NoEvents: noEvents}
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
				if longest < settle/2 {
					t.Fatalf("got reports %s, want %s; longest pause %v", got, want, longest)
				}
			}
			t.Fatal("the machine is too busy: the writer itself paused for longer than the settling time, 20 times")
		})
	}
}

// A file that never rests is reported all the same, now and then. The writer
// truncates it each time, so that it often looks like an empty file.
func TestWatchRestlessFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "start")
	w := &Watcher{Path: path, Poll: time.Hour, Settle: 4 * time.Millisecond}
	r := start(t, w)
	for i := 0; len(r.list()) < 3; i++ {
		write(t, path, fmt.Sprint("version ", i))
		time.Sleep(500 * time.Microsecond)
	}
}

// Ten thousand saves are few reports, and the last one wins.
func TestWatchStorm(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "start")
	r := start(t, &Watcher{Path: path})
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

// Another file in the same directory that is written all the time neither
// wakes the watcher nor keeps it from settling: with this settling time a
// disturbed file would wait for two minutes.
func TestWatchBusyNeighbour(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	write(t, path, "one")
	r := start(t, &Watcher{Path: path, Poll: time.Hour, Settle: time.Second})
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
	replace(t, path, "two")
	r.content("two")
	close(stop)
	<-done
}

func TestWatchAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "one")
	w := &Watcher{Path: path, Poll: time.Hour, Settle: 20 * time.Millisecond}
	r := start(t, w)
	r.content("one")
	if got := r.forced(w); string(got.Data) != "one" || got.Hash == "" {
		t.Errorf("got %+v, want the content once more", got)
	}
	replace(t, path, "two")
	if got := r.forced(w); string(got.Data) != "two" {
		t.Errorf("got %q, want the content of now", got.Data)
	}
	must(t, os.Remove(path))
	missing := "read " + path + ": no such file or directory"
	r.fails(missing)
	if got := r.forced(w); got.Err == nil || got.Err.Error() != missing {
		t.Errorf("got %+v, want the error once more", got)
	}
}

// Many calls before a look are one.
func TestWatchAgainBeforeWatch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counter.cue")
	write(t, path, "one")
	w := &Watcher{Path: path, Poll: time.Hour, Settle: 20 * time.Millisecond}
	for range 100 {
		w.Again()
	}
	r := start(t, w)
	r.await("a forced look", func(s Saved) bool { return s.Forced })
	r.forced(w)
	if got := len(r.list()); got > 3 {
		t.Errorf("got %d reports, want at most the first and two forced: %q", got, texts(r.list()))
	}
}

func TestSettle(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC) }
	rest := glance{hash: "a", size: 3, mtime: at(0)}
	torn, touched, longer, other := rest, rest, rest, rest
	torn.torn = true
	touched.mtime = at(1)
	longer.size = 4
	other.hash = "b"
	missing := glance{err: os.ErrNotExist}
	repeat := func(g glance, n int) []glance {
		var out []glance
		for range n {
			out = append(out, g)
		}
		return out
	}
	tests := []struct {
		name    string
		looks   []glance
		disturb int // before this look; -1: never
		want    int // the look that settles; -1: none
	}{
		{"at rest", repeat(rest, 6), -1, 4},
		{"missing", repeat(missing, 6), -1, 4},
		{"other content", append(repeat(other, 4), repeat(rest, 6)...), -1, 8},
		{"touched", append(repeat(touched, 4), repeat(rest, 6)...), -1, 8},
		{"longer", append(repeat(longer, 4), repeat(rest, 6)...), -1, 8},
		{"torn", append(repeat(torn, 8), repeat(rest, 6)...), -1, 12},
		{"torn to the end", repeat(torn, 20), -1, -1},
		{"was missing", append(repeat(missing, 2), repeat(rest, 6)...), -1, 6},
		{"event between", repeat(rest, 12), 3, 7},
		{"event before", repeat(rest, 12), 0, 4},
		{"never at rest", repeat(torn, 500), -1, 479},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s settle
			got := -1
			for i, g := range tt.looks {
				if i == tt.disturb {
					s.disturb()
				}
				if s.add(g) {
					got = i
					break
				}
			}
			if got != tt.want {
				t.Errorf("got settled at look %d, want %d", got, tt.want)
			}
		})
	}
}

// The slot holds the newest report; marks of a report that nobody took are kept.
func TestVigilNewestReportWins(t *testing.T) {
	a, b := glance{data: []byte("a"), hash: "a"}, glance{data: []byte("b"), hash: "b"}
	tests := []struct {
		name  string
		heard string
		in    []Saved // Data, Forced and Warning of the reports
		want  string
	}{
		{"one", "", []Saved{{Data: a.data}}, `["a"]`},
		{"newest", "", []Saved{{Data: a.data}, {Data: b.data}}, `["b"]`},
		{"back to what is known", "a", []Saved{{Data: b.data}, {Data: a.data}}, `[]`},
		{"back, but asked", "a", []Saved{{Data: b.data, Forced: true}, {Data: a.data}}, `["a" forced]`},
		{"back, but warned", "a", []Saved{{Data: b.data, Warning: "w"}, {Data: a.data}}, `["a" warning w]`},
		{"two warnings", "", []Saved{{Data: a.data, Warning: "v"}, {Data: b.data, Warning: "w"}}, `["b" warning v; w]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := newVigil(&Watcher{Path: "counter.cue"})
			v.heard = tt.heard
			for _, s := range tt.in {
				v.forced, v.warning = s.Forced, s.Warning
				v.report(glance{data: s.Data, hash: string(s.Data)})
			}
			var left []Saved
			if v.unsent {
				left = append(left, v.latest)
			}
			if got := fmt.Sprint(texts(left)); got != tt.want {
				t.Errorf("got %s in the slot, want %s", got, tt.want)
			}
		})
	}
}

// One look at rest: what every poll costs.
func BenchmarkWatchLook(b *testing.B) {
	path := filepath.Join(b.TempDir(), "counter.cue")
	if err := os.WriteFile(path, make([]byte, 2048), 0o644); err != nil {
		b.Fatal(err)
	}
	v := newVigil(&Watcher{Path: path})
	defer v.outlook.close()
	v.look()
	for b.Loop() {
		v.busy = false
		v.look()
	}
}
