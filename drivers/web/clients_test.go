package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
)

// connect opens connections that end with the test.
func (w *testServer) connect(t *testing.T, n int) {
	t.Helper()
	for range n {
		c, err := net.Dial("tcp", w.display.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
	}
}

// TestIdleFlood opens 300 connections that say nothing. The server takes 100 of them at a time, so
// that others of the program's files can be opened, a stream stays, and the page goes on.
func TestIdleFlood(t *testing.T) {
	w := newTestServer(t, nil)
	stream := w.openStream(t)
	stream.next(t, "frame")
	before := runtime.NumGoroutine()
	w.connect(t, 300)
	time.Sleep(100 * time.Millisecond)
	if n := runtime.NumGoroutine() - before; n > 250 {
		t.Errorf("%d goroutines serve them", n)
	}
	want := w.show(t, "42", 5)
	if got, _ := frameOf(t, stream.next(t, "frame")); !got.Equal(want.Frame) {
		t.Errorf("the stream got another frame:\n%s", got)
	}
	if resp, _ := w.get(t, "/healthz"); resp.StatusCode != http.StatusOK {
		t.Errorf("got %s", resp.Status)
	}
}

// TestDrippingHeaders has 100 clients that send a byte now and then. Each is let go
// within the time for a header.
func TestDrippingHeaders(t *testing.T) {
	t.Parallel()
	w := newTestServer(t, nil)
	const request = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
	var group sync.WaitGroup
	for range 100 {
		c, err := net.Dial("tcp", w.display.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		group.Go(func() {
			began := time.Now()
			for i := 0; time.Since(began) < 60*time.Second; i++ {
				if _, err := c.Write([]byte(request[i%len(request):][:1])); err != nil {
					return // reset
				}
				_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
				if _, err := c.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					if err != io.EOF && !errors.Is(err, syscall.ECONNRESET) {
						t.Error(err)
					}
					return
				}
			}
			t.Error("a client may drip for a minute")
		})
	}
	if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("meanwhile: got %s", resp.Status)
	}
	w.show(t, "7", 5)
	group.Wait()
}

// openSlow opens connections that ask for a path again and again and read nothing.
func (w *testServer) openSlow(t *testing.T, n int, path string) {
	t.Helper()
	request := strings.Repeat("GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n", 500)
	for range n {
		c, err := net.Dial("tcp", w.display.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if err := c.(*net.TCPConn).SetReadBuffer(1); err != nil {
			t.Fatal(err)
		}
		go fmt.Fprint(c, request)
	}
}

// TestSlowReaders: clients that do not read do not keep others from the page or the
// history.
func TestSlowReaders(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	w := newTestServer(t, func(o *web.Opts) {
		o.Deployments = func(context.Context, web.Query) (any, error) { return large, nil }
	})
	w.Publish(web.SampleView(t))
	w.openSlow(t, 10, "/api/v1/deployments")
	time.Sleep(100 * time.Millisecond)
	for range 3 {
		began := time.Now()
		if resp, _ := w.get(t, "/api/v1/deployments"); resp.StatusCode != http.StatusOK || time.Since(began) > 4*time.Second {
			t.Errorf("the history: got %s after %s", resp.Status, time.Since(began))
		}
	}
	w.openSlow(t, 150, "/calendar.svg")
	time.Sleep(300 * time.Millisecond)
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("the page: got %s", resp.Status)
	}
	w.show(t, "5", 5)
}
