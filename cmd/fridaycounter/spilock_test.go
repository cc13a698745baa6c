package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A second counter is told that the port is another's, until that closes it.
func TestClaim(t *testing.T) {
	device := filepath.Join(t.TempDir(), "spidev9.9")
	if err := os.WriteFile(device, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	host := &chainsim.Host{Chain: chainsim.NewWall(chainsim.Boards()["fc16"], chainsim.Row(1)).Chain}
	open := func() (spi.PortCloser, error) { return host.Open() }
	first, err := claim(device, open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claim(device, open); err == nil || !strings.Contains(err.Error(), "systemctl stop fridaycounter") {
		t.Errorf("the second: got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no such bus")
	if _, err := claim(device, func() (spi.PortCloser, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("a port that does not open: got %v", err)
	}
	again, err := claim(device, open) // neither holds it any more
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{filepath.Join(t.TempDir(), "gone"), "SPI99.9"} {
		port, err := claim(name, open)
		if err != nil {
			t.Fatalf("%s: got %v", name, err)
		}
		if err := port.Close(); err != nil {
			t.Error(err)
		}
	}
}
