package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A port that appears after the start is found by the next try.
func TestRunFindsALatePort(t *testing.T) {
	wall := chainsim.New(max7219.Opts{Columns: 2, Wiring: max7219.FC16})
	var mu sync.Mutex // over the chain
	chain := &chainsim.Host{Chain: wall.Chain}
	ports := &host.SPI{Root: t.TempDir(), Device: func(int, int) (spi.PortCloser, error) {
		mu.Lock()
		defer mu.Unlock()
		port, err := chain.Open()
		return lockedPort{port, &mu}, err
	}}
	dir := t.TempDir()
	path := filepath.Join(dir, "counter.cue")
	days := deployAgo(t, dir, 22)
	policy := strings.Replace(dayPolicy(days[0]), "terminal: {}", `max7219: {port: "SPI0.0", wiring: "fc16"}`, 1)
	if err := os.WriteFile(path, []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	log := new(lockedText)
	ctx, stop := context.WithCancel(t.Context())
	m := machine{openPort: ports.Open}
	d := testService(path, filepath.Join(dir, "state"), log, m)
	d.trustClock = true
	done := make(chan error, 1)
	go func() { done <- d.run(ctx) }()
	wait := func(what string, reached func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !reached(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s; log:\n%s", what, log)
			}
		}
	}
	wait("the port is not missed", func() bool { return strings.Contains(log.String(), "there is no /dev/spidev*") })
	if err := os.Mkdir(filepath.Join(ports.Root, "dev"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ports.Root, "dev/spidev0.0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wait("the wall stays dark", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return wall.Glass().String() == lit(t, "3") && wall.Level(0) == 8
	})
	if err := execute(t.Context(), m, strings.NewReader(""), io.Discard, io.Discard, "probe", "--modules", "2"); err == nil || !strings.Contains(err.Error(), "another counter drives it") {
		t.Errorf("probe beside the counter: got %v", err)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if wall.Level(0) != led.Off {
		t.Error("the end leaves the wall lit")
	}
}

// lockedText is a log that is read while it is written.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
