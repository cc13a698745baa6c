package main

import (
	"os"
	"strings"
	"testing"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
)

// A second counter is told that the port is another's, until that closes it.
func TestClaim(t *testing.T) {
	m := newSpidevs(t, &chainsim.Host{Chain: chainsim.NewChain(1)})
	if _, err := m.port("SPI0.0"); err == nil {
		t.Fatal("a port without a device opens")
	}
	m.attach("spidev0.0")
	m.attach("spidev0.1")
	open := func(name, failure string) spi.PortCloser {
		t.Helper()
		port, err := m.port(name)
		switch {
		case failure == "" && err != nil:
			t.Fatalf("%s: got %v", name, err)
		case failure != "" && (err == nil || !strings.Contains(err.Error(), failure)):
			t.Fatalf("%s: got %v, want %s", name, err, failure)
		}
		return port
	}
	first := open("SPI0.0", "")
	open("SPI0.0", "systemctl stop fridaycounter")
	open("/dev/spidev0.0", "systemctl stop fridaycounter") // the same
	if err := open("SPI0.1", "").Close(); err != nil {     // nobody's
		t.Fatal(err)
	}
	if m.last != "0.1" {
		t.Errorf("SPI0.1: got %s", m.last)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	m.host.Fail = func(string) (int, error) { return 0, os.ErrDeadlineExceeded }
	open("SPI0.0", os.ErrDeadlineExceeded.Error())
	m.host.Fail = nil
	again := open("/dev/spidev0.0", "") // neither holds it any more
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
