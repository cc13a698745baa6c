package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pagePolicy is dayPolicy with a page at an address, and more of it.
func pagePolicy(day, address string, more ...string) string {
	return strings.Replace(dayPolicy(day), "terminal: {}", fmt.Sprintf("terminal: {}, web: {listen: %q, %s}", address, strings.Join(more, ", ")), 1)
}

// freeAddress returns an address on loopback that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// fetch returns the body of an answer, or the error's text.
func fetch(url string, host ...string) string {
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	for _, h := range host {
		r.Host = h
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return resp.Status + "\n" + string(body)
}

// A port that is in use does not stop the wall. The counter tries it again until it is free.
func TestPageOnAPortThatIsTaken(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := busy.Addr().String()
	c := startCounter(t, "not yet")
	days := deployAgo(t, filepath.Dir(c.path), 16)
	c.save(pagePolicy(days[0], address))
	c.wait("stdout", func() string { return c.out(0) }, lit(t, "2"))
	c.wait("log", c.log, "address already in use")
	if err := busy.Close(); err != nil {
		t.Fatal(err)
	}
	c.wait("page", func() string { return fetch("http://" + address + "/api/v1/streak") }, `"weeks": 2`)
}

// A reload with the same address leaves the listener and its streams alone, while the allowed hosts
// change at once. Another address closes it.
func TestReloadKeepsTheListener(t *testing.T) {
	address, other := freeAddress(t), freeAddress(t)
	c := startCounter(t, "not yet")
	days := deployAgo(t, filepath.Dir(c.path), 16, 1)
	c.save(pagePolicy(days[0], address))
	page := "http://" + address
	c.wait("page", func() string { return fetch(page + "/api/v1/streak") }, `"weeks": 2`)
	stream, err := http.Get(page + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	frames := make(chan struct{}, 1000)
	go func() {
		defer close(frames)
		for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
			if lines.Text() == "event: frame" {
				frames <- struct{}{}
			}
		}
	}()
	frame := func() {
		t.Helper()
		select {
		case _, ok := <-frames:
			if !ok {
				t.Fatal("the stream ended")
			}
		case <-time.After(20 * time.Second):
			t.Fatal("no frame came")
		}
	}
	frame() // the first
	if got := fetch(page+"/healthz", "wall.example.com"); !strings.HasPrefix(got, "421") {
		t.Errorf("a host that nobody named: got %s", got)
	}
	c.save(pagePolicy(days[1], address, `hosts: ["wall.example.com"]`))
	c.wait("page", func() string { return fetch(page+"/api/v1/streak", "wall.example.com") }, `"weeks": 0`)
	if log := c.log(); strings.Count(log, "the web page is served") != 1 {
		t.Errorf("the page was served anew:\n%s", log)
	}
	frame()
	c.save(pagePolicy(days[1], other))
	c.wait("other page", func() string { return fetch("http://" + other + "/api/v1/streak") }, `"weeks": 0`)
	for range frames { // ends
	}
	if got := fetch(page + "/healthz"); !strings.Contains(got, "refused") {
		t.Errorf("the old address still answers: %s", got)
	}
	c.save(dayPolicy(days[1]))
	c.wait("no page", func() string { return fetch("http://" + other + "/healthz") }, "refused")
}

// While counter.cue cannot be read, /readyz says why, without its path. The wall goes on.
func TestReadyzSaysWhyTheFileCannotBeRead(t *testing.T) {
	address := freeAddress(t)
	c := startCounter(t, "not yet")
	days := deployAgo(t, filepath.Dir(c.path), 16)
	policy := pagePolicy(days[0], address)
	c.save(policy)
	readyz := func() string { return fetch("http://" + address + "/readyz") }
	c.wait("readyz", readyz, "200 OK\nloop: good\nfile: good")
	if err := os.Remove(c.path); err != nil {
		t.Fatal(err)
	}
	c.wait("readyz without a file", readyz, "file: it cannot be read or evaluated: no such file or directory; the one before is in force")
	if err := os.Mkdir(c.path, 0o755); err != nil {
		t.Fatal(err)
	}
	c.wait("readyz with a directory", readyz, "file: it cannot be read or evaluated: it is a directory: want a regular file; the one before is in force")
	if got := readyz(); !strings.HasPrefix(got, "503") || strings.Contains(got, filepath.Dir(c.path)) {
		t.Errorf("got %s, want 503 without a path", got)
	}
	if err := os.Remove(c.path); err != nil {
		t.Fatal(err)
	}
	c.save("counter: typo")
	c.wait("readyz of a refused file", readyz, "file: refused; the one before is in force")
	c.save(policy)
	c.wait("readyz at the end", readyz, "file: good")
}
