package web_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/picture"
	"github.com/fridaycounter/fridaycounter/drivers/web"
)

// frameOf reads the data of an event "frame".
func frameOf(t testing.TB, data string) (*led.Frame, int) {
	t.Helper()
	var e struct {
		Width, Height, Level int
		Color                string
		Rows                 []string
	}
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		t.Fatal(err)
	}
	if want := picture.Glow(led.Level(e.Level)); e.Color != want {
		t.Errorf("level %d: got colour %s, want %s", e.Level, e.Color, want)
	}
	f := led.NewFrame(e.Width, e.Height)
	for y, row := range e.Rows {
		bytes, err := hex.DecodeString(row)
		if err != nil {
			t.Fatal(err)
		}
		for x := range e.Width {
			f.Set(x, y, bytes[x/8]>>(7-x%8)&1 == 1)
		}
	}
	return f, e.Level
}

func TestEvents(t *testing.T) {
	w := newTestServer(t, nil)
	want := w.show(t, "12", 8)
	stream := w.openStream(t)
	got, level := frameOf(t, stream.next(t, "frame"))
	if diff := cmp.Diff(want.Frame.String(), got.String()); diff != "" || level != 8 {
		t.Errorf("at first: level %d\n%s", level, diff)
	}
	w.show(t, "12", 8) // the same: nothing is sent
	want = w.show(t, "13", 3)
	got, level = frameOf(t, stream.next(t, "frame"))
	if diff := cmp.Diff(want.Frame.String(), got.String()); diff != "" || level != 3 {
		t.Errorf("another: level %d\n%s", level, diff)
	}
	if err := w.display.Show(led.Picture{Level: led.Off}); err != nil {
		t.Fatal(err)
	}
	if _, level = frameOf(t, stream.next(t, "frame")); level != -1 {
		t.Errorf("off: got level %d", level)
	}
}

func TestEventView(t *testing.T) {
	w := newTestServer(t, nil)
	stream := w.openStream(t)
	first := stream.next(t, "view")
	view := web.View{At: time.Unix(1e9, 0), Number: web.Number{Known: true, Weeks: 3}}
	w.Publish(view)
	second := stream.next(t, "view")
	if resp, _ := w.get(t, "/"); !strings.Contains(second, strings.ReplaceAll(resp.Header.Get("View-Version"), `"`, `\"`)) {
		t.Errorf("the page is of version %s, the stream tells %s", resp.Header.Get("View-Version"), second)
	}
	view.At = view.At.Add(time.Hour) // the same, later
	w.Publish(view)
	view.Number.Weeks = 4
	w.Publish(view)
	if third := stream.next(t, "view"); first == second || second == third {
		t.Errorf("got versions %s, %s, %s: want three", first, second, third)
	}
}

// TestSlowClient has a client that takes nothing while the glass changes all the time.
func TestSlowClient(t *testing.T) {
	w := newTestServer(t, nil)
	slow, err := net.Dial("tcp", w.display.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	fmt.Fprintf(slow, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	other := w.openStream(t)
	other.next(t, "frame")
	longest := time.Duration(0)
	f := led.NewFrame(8*100, 8)
	for i := range 5000 {
		f.Set(i%800, i%8, !f.At(i%800, i%8))
		began := time.Now()
		if err := w.display.Show(led.Picture{Frame: f, Level: 1}); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(began))
	}
	want := f.String()
	for {
		if got, _ := frameOf(t, other.next(t, "frame")); got.String() == want {
			break
		}
	}
	if longest > 2*time.Second { // a write to the slow one would wait for 5 s
		t.Errorf("a picture took %s", longest)
	}
}

func TestManyStreams(t *testing.T) {
	w := newTestServer(t, nil)
	for range 64 {
		w.openStream(t)
	}
	resp, _ := w.get(t, "/events")
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("one more: got %s, want 503 with Retry-After", resp.Status)
	}
	if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("the page: got %s", resp.Status)
	}
}

func TestHalt(t *testing.T) {
	s := web.New(web.Opts{Now: time.Now, Clock: time.Now})
	d, err := s.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(d.Addr().String()); err == nil {
		t.Error("a second listener has the same address")
	}
	w := &testServer{Server: s, display: d, url: "http://" + d.Addr().String()}
	stream := w.openStream(t)
	if err := d.Halt(); err != nil {
		t.Fatal(err)
	}
	for range stream.events { // ends
	}
	if err := d.Show(lit(t, "1", 1)); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("got %v, want ErrServerClosed", err)
	}
	again, err := s.Listen(d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Halt(); err != nil {
		t.Error(err)
	}
}
