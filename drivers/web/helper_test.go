package web_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/web"
)

// A testServer is a web.Server that listens on a free port.
type testServer struct {
	*web.Server
	display *web.Display
	url     string
	now     atomic.Int64 // nanoseconds that the server's clock is ahead
}

func newTestServer(t testing.TB, change func(*web.Opts)) *testServer {
	t.Helper()
	w := &testServer{}
	o := web.Opts{Clock: time.Now, Now: func() time.Time { return time.Now().Add(time.Duration(w.now.Load())) }}
	if change != nil {
		change(&o)
	}
	w.Server = web.New(o)
	display, err := w.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.display, w.url = display, "http://"+display.Addr().String()
	t.Cleanup(func() {
		if err := display.Halt(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// show shows a text on two modules.
func (w *testServer) show(t testing.TB, text string, level led.Level) led.Picture {
	t.Helper()
	p := lit(t, text, level)
	if err := w.display.Show(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func lit(t testing.TB, text string, level led.Level) led.Picture {
	t.Helper()
	line, err := led.Fit(text, 16, 8, led.FontAuto, led.Saturate)
	if err != nil {
		t.Fatal(err)
	}
	f := led.NewFrame(16, 8)
	line.Draw(f, 0)
	return led.Picture{Frame: f, Level: level}
}

// get asks for a path; headers are pairs.
func (w *testServer) get(t testing.TB, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	return w.do(t, http.MethodGet, path, nil, headers...)
}

func (w *testServer) do(t testing.TB, method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(text)
}

// An eventStream is a client of /events.
type eventStream struct {
	events chan string // name, blank, data
	stop   context.CancelFunc
}

// openStream opens a stream. Its events end when the server or stop does it.
func (w *testServer) openStream(t testing.TB) *eventStream {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("got %s, %q, want a stream", resp.Status, resp.Header.Get("Content-Type"))
	}
	s := &eventStream{events: make(chan string, 1000), stop: stop}
	go func() {
		defer close(s.events)
		defer resp.Body.Close()
		name := ""
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if line, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = line
			} else if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				s.events <- name + " " + data
			}
		}
	}()
	return s
}

// next returns the next event of a name.
func (s *eventStream) next(t testing.TB, name string) string {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		select {
		case e, ok := <-s.events:
			if !ok {
				t.Fatalf("the stream ended, want %q", name)
			}
			if data, ok := strings.CutPrefix(e, name+" "); ok {
				return data
			}
		case <-late:
			t.Fatalf("no event %q within 20 s", name)
		}
	}
}
