package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// weeks is a picture of a number.
func weeks(t *testing.T, n int) led.Picture {
	t.Helper()
	f := led.NewFrame(16, 8)
	line := fit(t, fmt.Sprint(n), 16, 8)
	line.Draw(f, 0)
	return led.Picture{Frame: f, Level: 8}
}

// After a terminal took nothing for a while, the picture of now is drawn last, after a
// few of those that nobody saw.
func TestPainterOfAStuckTerminal(t *testing.T) {
	r, out := fullPipe(t)
	p := &painter{dev: term.New(out, term.Opts{})}
	began := time.Now()
	for i := range 1000 {
		picture := weeks(t, i%100)
		if err := p.Show(picture); err != nil {
			t.Fatal(err)
		}
		picture.Frame.Set(0, 0, true) // it is the caller's own
	}
	fmt.Fprintln(p, "a line of the log")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	go func() {
		p.flush(20 * time.Second)
		out.Close()
	}()
	got := readAll(t, r)
	if want := weeks(t, 99).Frame.String(); !strings.HasSuffix(got, want) {
		t.Errorf("got at the end\n%swant\n%s", got[max(0, len(got)-len(want)):], want)
	}
	if n := strings.Count(got, "\n\n"); n > maxPictures+1 || !strings.Contains(got, "a line of the log\n") {
		t.Errorf("got %d pictures, want at most %d, and a line of the log:\n%s", n, maxPictures+1, got)
	}
}

// failing fails so many times.
type failing struct {
	times int
	bytes.Buffer
}

func (f *failing) Write(b []byte) (int, error) {
	if f.times > 0 {
		f.times--
		return 0, errors.New("input/output error")
	}
	return f.Buffer.Write(b)
}

// A picture that went wrong is told of by the next Show, and drawn by the one after,
// although it is the same picture all the time.
func TestPainterError(t *testing.T) {
	out := &failing{times: 1}
	p := &painter{dev: term.New(out, term.Opts{})}
	picture := weeks(t, 7)
	var got []string
	for range 4 {
		err := p.Show(picture)
		p.flush(time.Second)
		got = append(got, fmt.Sprintf("%v, drawn: %v", err, out.Len() > 0))
	}
	want := []string{"<nil>, drawn: false", "term: input/output error, drawn: false", "<nil>, drawn: true", "<nil>, drawn: true"}
	if fmt.Sprint(got) != fmt.Sprint(want) || strings.TrimLeft(out.String(), "\n") != picture.Frame.String() {
		t.Errorf("got %q and\n%s, want %q", got, out.String(), want)
	}
}

// Halt waits for the last picture, but not for ever.
func TestPainterHalt(t *testing.T) {
	var out bytes.Buffer
	p := &painter{dev: term.New(&out, term.Opts{Color: true})}
	if err := errors.Join(p.Show(weeks(t, 7)), p.Show(led.Picture{Level: led.Off}), p.Halt()); err != nil || !strings.HasSuffix(out.String(), "\x1b[?25h") {
		t.Errorf("got %v and %q, want the cursor back at the end", err, out.String())
	}
	_, full := fullPipe(t)
	p = &painter{dev: term.New(full, term.Opts{})}
	began := time.Now()
	if err := errors.Join(p.Show(weeks(t, 7)), p.Halt()); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("a stuck terminal: got %v after %s", err, time.Since(began))
	}
}
