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

// files returns how many files this process may have open, without those in use.
func files(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(min(limit.Cur, 1<<20)) - 1000
}

// TestIdleFlood opens 10,000 connections that say nothing. The page goes on, a stream
// stays, and the server has a bounded number of them.
func TestIdleFlood(t *testing.T) {
	const flood = 10_000
	if n := files(t); n < flood {
		if os.Getenv("CI") == "true" {
			t.Fatalf("this process may open %d more files, want %d", n, flood)
		}
		t.Skipf("this process may open %d more files, want %d", n, flood)
	}
	w := newTestServer(t, nil)
	stream := w.openStream(t)
	stream.next(t, "frame")
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	before := runtime.NumGoroutine()
	for i := range flood {
		c, err := net.Dial("tcp", w.display.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		if i%2000 == 1999 {
			// One from a new connection each time.
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			if resp, _ := w.get(t, "/healthz"); resp.StatusCode != http.StatusOK {
				t.Errorf("after %d: got %s", i+1, resp.Status)
			}
		}
	}
	if n := runtime.NumGoroutine() - before; n > 250 {
		t.Errorf("%d goroutines serve them", n)
	}
	want := w.show(t, "42", 5)
	if got, _ := frameOf(t, stream.next(t, "frame")); !got.Equal(want.Frame) {
		t.Errorf("the stream got another frame:\n%s", got)
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

// TestDrippingMany has more of them than there are connections: the page is served.
func TestDrippingMany(t *testing.T) {
	w := newTestServer(t, nil)
	for range 600 {
		c, err := net.Dial("tcp", w.display.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\n")); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
		t.Errorf("got %s", resp.Status)
	}
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
	w.openSlow(t, 600, "/calendar.svg")
	time.Sleep(300 * time.Millisecond)
	for range 5 {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
			t.Errorf("the page: got %s", resp.Status)
		}
	}
	w.show(t, "5", 5)
}

// TestStreamsAreShared: an address with as many streams as there can be makes room for
// another one.
func TestStreamsAreShared(t *testing.T) {
	w := newTestServer(t, nil)
	var streams []*eventStream
	for range 64 {
		streams = append(streams, w.openStream(t))
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	other := &http.Client{Transport: &http.Transport{DialContext: d.DialContext}}
	for i := range 3 {
		resp, err := other.Get(w.url + "/events")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("stream %d of another address: got %s", i, resp.Status)
		}
		for range streams[i].events { // the oldest ends
		}
	}
	if resp, _ := w.get(t, "/events"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more of the first address: got %s", resp.Status)
	}
}
