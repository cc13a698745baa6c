package bamboo

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/source"
	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
)

// raw serves connections by hand, and returns the base URL.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					serve(conn)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestEndlessAnswers asks servers that turn the request into something else, or never come to
// an end. A poll ends a moment after its context, with a login and without, and is an
// error; so it is without a context's end after the timeout.
func TestEndlessAnswers(t *testing.T) {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	for name, serve := range map[string]func(net.Conn){
		"101": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			<-release
		},
		"401 without end": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\n\r\n")
			for _, err := fmt.Fprint(c, "x"); err == nil; _, err = fmt.Fprint(c, strings.Repeat("x", 1000)) {
			}
		},
		"1xx flood": func(c net.Conn) {
			for _, err := fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\n\r\n"); err == nil; _, err = fmt.Fprint(c, "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n") {
			}
		},
		"1xx drip": func(c net.Conn) {
			for _, err := fmt.Fprint(c, "HTTP/1.1 100 Continue\r\n\r\n"); err == nil; _, err = fmt.Fprint(c, "HTTP/1.1 102 Processing\r\n\r\n") {
				time.Sleep(10 * time.Millisecond)
			}
		},
		"header without end": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
			for _, err := fmt.Fprint(c, "X: y\r\n"); err == nil; _, err = fmt.Fprint(c, strings.Repeat("X: y\r\n", 1000)) {
			}
		},
		"body without end": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
			for _, err := fmt.Fprint(c, " "); err == nil; _, err = fmt.Fprint(c, " ") {
				time.Sleep(10 * time.Millisecond)
			}
		},
		"nothing": func(net.Conn) { <-release },
	} {
		for _, credential := range []rest.Credential{{}, rest.Token("t")} {
			o := flat{URL: raw(t, serve), Credential: loggedIn(credential)}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			began := time.Now()
			a, err := newClient(t, o).Poll(ctx, nil, noon)
			if took := time.Since(began); err == nil || took > 3*time.Second || len(a.Environments) > 0 {
				t.Errorf("%s, %v: got %v after %v", name, credential, err, took)
			}
			cancel()
			o.Timeout = 300 * time.Millisecond
			began = time.Now()
			_, err = newClient(t, o).Poll(t.Context(), nil, noon)
			if took := time.Since(began); err == nil || took > 3*time.Second {
				t.Errorf("%s, %v: with a timeout: got %v after %v", name, credential, err, took)
			}
		}
	}
}

// TestLargePages reads pages of 8 MiB of text. A poll takes 32 MiB at most, no environment
// is left out for ever, and what it takes of memory stays bounded.
func TestLargePages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	s := one(nil)
	for id := range int64(7) {
		s.Projects[0].Environments = append(s.Projects[0].Environments, bambootest.Environment{ID: 100 + id, Name: fmt.Sprint("e", id)})
	}
	element := func(id int) string {
		at := noon.Add(-time.Duration(id) * time.Minute).UnixMilli()
		return fmt.Sprintf(`{"id":%d,"deploymentVersionName":"%s","deploymentState":"SUCCESS","lifeCycleState":"FINISHED","startedDate":%d,"finishedDate":%d}`,
			1000000-id, strings.Repeat("x", 80000), at, at)
	}
	// Pages of 100 results of 80 kB, the newest first, for ever.
	s.Inject("results", -1, func(w http.ResponseWriter, r *http.Request, _ http.HandlerFunc) {
		w.Header().Set("Content-Type", "application/json")
		first := 0
		fmt.Sscan(r.URL.Query().Get("start-index"), &first)
		fmt.Fprint(w, `{"results":[`)
		for i := range 100 {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprint(w, element(first+i))
		}
		fmt.Fprint(w, "]}")
	})
	c := newClient(t, flat{URL: start(t, s), HistoryFrom: noon.AddDate(0, 0, -100)})
	m := newMemory()
	defer debug.SetGCPercent(debug.SetGCPercent(40))
	debug.FreeOSMemory()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	peak := uint64(0)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapInuse+now.StackInuse)
			}
		}
	}()
	for range 4 {
		requests := s.Total()
		a, err := m.poll(c, noon)
		if got := s.Total() - requests; got > 6 || !a.More || err == nil {
			t.Errorf("got %d requests, more: %v, %v; want 4 pages at most, and that there is more", got, a.More, err)
		}
	}
	close(stop)
	<-done
	runtime.ReadMemStats(&after)
	for _, e := range m.Environments {
		if e.Results() == 0 {
			t.Errorf("environment %s was never read", e.ID)
		}
		for _, d := range e.Deployments {
			if len(d.Version) > source.MaxText {
				t.Fatalf("a version of %d bytes is kept", len(d.Version))
			}
		}
	}
	t.Logf("heap before %d KiB, peak %d KiB", before.HeapInuse>>10, peak>>10)
	if grown := int64(peak) - int64(before.HeapInuse); grown > 80<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}
