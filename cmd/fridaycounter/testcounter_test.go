package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/demo"
	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// modelPort is an SPI port that no machine has, with the chain model behind it.
const modelPort = "SPI77.7"

// A testCounter is the whole program on the chain model, with a page and a Bamboo of its own.
type testCounter struct {
	t       *testing.T
	path    string // of counter.cue
	address string // of the page
	bamboo  string // URL
	state   string

	mu    *sync.Mutex // over the chain
	chain *chainsim.Wall

	openPort func(string) (spi.PortCloser, error)
}

// lockedPort is a port of the model that may be looked at meanwhile.
type lockedPort struct {
	spi.PortCloser
	mu *sync.Mutex
}

type lockedConn struct {
	spi.Conn
	mu *sync.Mutex
}

func (p lockedPort) Connect(f physic.Frequency, mode spi.Mode, bits int) (spi.Conn, error) {
	c, err := p.PortCloser.Connect(f, mode, bits)
	return lockedConn{c, p.mu}, err
}

func (c lockedConn) Tx(w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.Tx(w, r)
}

func (c lockedConn) TxPackets(p []spi.Packet) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.TxPackets(p)
}

// newTestCounter serves a year of deployments that ends now, and runs the counter on a policy.
func newTestCounter(t *testing.T) *testCounter {
	t.Helper()
	year := demo.Year(time.Now())
	server := httptest.NewServer(&bambootest.Server{Projects: year.Projects(), Clock: time.Now})
	t.Cleanup(server.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	dir := t.TempDir()
	s := &testCounter{
		t: t, path: filepath.Join(dir, "counter.cue"), state: filepath.Join(dir, "state"), bamboo: server.URL,
		address: free.Addr().String(), mu: new(sync.Mutex), chain: chainsim.New(max7219.Opts{Columns: 4, Wiring: max7219.FC16}),
	}
	host := &chainsim.Host{Chain: s.chain.Chain}
	s.openPort = func(string) (spi.PortCloser, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		p, err := host.Open()
		return lockedPort{p, s.mu}, err
	}
	return s
}

// save writes a policy that forbids a weekday.
func (s *testCounter) save(day string, more ...string) {
	s.t.Helper()
	text := fmt.Sprintf(`package counter

import "github.com/fridaycounter/fridaycounter/schema"

schema.#Counter & {
	#streak:  _
	timezone: "America/Los_Angeles"
	source: bamboo: {url: %q, environments: ["Production"]}
	rules: "no-%s-deploys": forbid: [{weekdays: [%[2]q]}]
	poll: [{every: "1h"}]
	display: {
		modules: 4
		max7219: {port: %q, wiring: "fc16"}
		web: listen: %q
	}
	pages: [{text: "\(#streak.weeks)"}]
	brightness: [{level: 8}]
	%s
}
`, s.bamboo, day, modelPort, s.address, strings.Join(more, "\n\t"))
	if err := os.WriteFile(s.path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// run runs the counter until the test ends.
func (s *testCounter) run() {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	d := testService(s.path, s.state, io.Discard, machine{openPort: s.openPort})
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
}

// ready waits until a path of the page is answered with a text.
func (s *testCounter) ready(path, text string) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		body := []byte("no answer")
		if resp, err := http.Get("http://" + s.address + path); err == nil {
			body, _ = io.ReadAll(resp.Body)
			resp.Body.Close()
			if strings.Contains(string(body), text) {
				return
			}
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s lacks %s:\n%s", path, text, body)
		}
	}
}

// glass returns what the chips of the model light.
func (s *testCounter) glass() *led.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chain.Glass()
}

// program runs a command on the counter's policy and history.
func (s *testCounter) program(args ...string) string {
	s.t.Helper()
	out, stderr, code := command(s.t, s.path, s.state, args...)
	if code != exitOK {
		s.t.Fatalf("%s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return out
}
