package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/web"
)

// stuck opens connections that ask for a path again and again and read nothing.
func (w *wall) stuck(t *testing.T, n int, path string) {
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

// Clients that do not read do not keep others from the page or the history.
func TestStuckClients(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	w := newWall(t, func(o *web.Opts) {
		o.Deployments = func(context.Context, web.Query) (any, error) { return large, nil }
	})
	w.Publish(web.SampleView(t))
	w.stuck(t, 10, "/api/v1/deployments")
	time.Sleep(100 * time.Millisecond)
	for range 3 {
		began := time.Now()
		if resp, _ := w.get(t, "/api/v1/deployments"); resp.StatusCode != http.StatusOK || time.Since(began) > 4*time.Second {
			t.Errorf("the history: got %s after %s", resp.Status, time.Since(began))
		}
	}
	w.stuck(t, 600, "/calendar.svg")
	time.Sleep(300 * time.Millisecond)
	for range 5 {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		if resp, _ := w.get(t, "/"); resp.StatusCode != http.StatusOK {
			t.Errorf("the page: got %s", resp.Status)
		}
	}
	w.show(t, "5", 5)
}

// One address with as many streams as there can be makes place for another one.
func TestStreamsAreShared(t *testing.T) {
	w := newWall(t, nil)
	var looks []*look
	for range 64 {
		looks = append(looks, w.look(t))
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
		for range looks[i].events { // the oldest ends
		}
	}
	if resp, _ := w.get(t, "/events"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more of the first address: got %s", resp.Status)
	}
}
