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
	p := (&painter{out: out}).open()
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

// A picture that went wrong is told of until one was drawn, and tried again meanwhile,
// although it is the same picture all the time.
func TestPainterError(t *testing.T) {
	out := &failing{times: 2}
	p := (&painter{out: out}).open()
	picture := weeks(t, 7)
	var got []string
	for range 5 {
		err := p.Show(picture)
		p.flush(time.Second)
		got = append(got, fmt.Sprintf("%v, drawn: %v", err, out.Len() > 0))
	}
	want := []string{
		"<nil>, drawn: false", "term: input/output error, drawn: false", "term: input/output error, drawn: true",
		"<nil>, drawn: true", "<nil>, drawn: true",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || strings.TrimLeft(out.String(), "\n") != picture.Frame.String() {
		t.Errorf("got %q and\n%s, want %q", got, out.String(), want)
	}
	out.times = 1
	if err := errors.Join(p.Show(weeks(t, 8)), p.Halt()); err != nil {
		t.Errorf("at the end: got %v of a picture that is over", err)
	}
}

// What another geometry draws comes after all of the one before, and after its end.
func TestPainterGoesOn(t *testing.T) {
	r, out := fullPipe(t)
	p := &painter{out: out, opts: term.Opts{Color: true}}
	first := p.open()
	for i := range 3 {
		if err := first.Show(weeks(t, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Halt(); err != nil { // it gives up waiting
		t.Fatal(err)
	}
	if err := p.open().Show(led.Picture{Frame: led.NewFrame(8, 8), Level: 8}); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.flush(20 * time.Second)
		out.Close()
	}()
	const hide, show = "\x1b[?25l", "\x1b[?25h"
	var cursor []string
	for rest := readAll(t, r); ; {
		i, j := strings.Index(rest, hide), strings.Index(rest, show)
		switch {
		case i < 0 && j < 0:
			if got, want := strings.Join(cursor, " "), "hide hide hide show hide"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			return
		case j < 0 || i >= 0 && i < j:
			cursor, rest = append(cursor, "hide"), rest[i+len(hide):]
		default:
			cursor, rest = append(cursor, "show"), rest[j+len(show):]
		}
	}
}

// Halt waits for the last picture, but not for ever.
func TestPainterHalt(t *testing.T) {
	var out bytes.Buffer
	p := (&painter{out: &out, opts: term.Opts{Color: true}}).open()
	if err := errors.Join(p.Show(weeks(t, 7)), p.Show(led.Picture{Level: led.Off}), p.Halt()); err != nil || !strings.HasSuffix(out.String(), "\x1b[?25h") {
		t.Errorf("got %v and %q, want the cursor back at the end", err, out.String())
	}
	_, full := fullPipe(t)
	p = (&painter{out: full}).open()
	began := time.Now()
	if err := errors.Join(p.Show(weeks(t, 7)), p.Halt()); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("a stuck terminal: got %v after %s", err, time.Since(began))
	}
}
