package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
	"github.com/fridaycounter/fridaycounter/engine"
)

var (
	_ engine.Display   = countedChain{}
	_ engine.Refresher = countedChain{}
)

// simChain lights a chain of two modules on a simulated host.
func simChain(t *testing.T, host *chainsim.Host) *max7219.Dev {
	t.Helper()
	dev, err := max7219.New(host.Open, max7219.Opts{Columns: 2, Wiring: max7219.FC16})
	if err != nil {
		t.Fatal(err)
	}
	return dev
}

// The counters are those of the wires, over every chain that was opened.
func TestChainsCountOnAcrossReplacements(t *testing.T) {
	host := &chainsim.Host{Chain: chainsim.NewChain(2)}
	var all chains
	var refreshes uint64
	check := func(doing string) {
		t.Helper()
		got := all.stats()["SPI0.0"]
		want := max7219.Stats{
			Ioctls: uint64(host.Ioctls), Frames: uint64(host.Frames), Bytes: uint64(host.Bytes),
			Opens: uint64(host.Opens), Refreshes: refreshes,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", doing, diff)
		}
	}
	for range 3 {
		chain := all.add("SPI0.0", simChain(t, host))
		refreshes++
		check("after the start")
		frame := led.NewFrame(16, 8)
		frame.Set(3, 3, true)
		if err := errors.Join(chain.Show(led.Picture{Frame: frame}), chain.Refresh()); err != nil {
			t.Fatal(err)
		}
		refreshes++
		check("after a picture")
		if err := errors.Join(chain.Halt(), chain.Halt()); err != nil {
			t.Fatal(err)
		}
		check("after two halts")
	}
}

func TestChainsKeepPortsApart(t *testing.T) {
	var all chains
	if got := all.stats(); len(got) != 0 {
		t.Errorf("got %v before the first chain, want none", got)
	}
	for _, port := range []string{"SPI0.0", "SPI0.1"} {
		all.add(port, simChain(t, &chainsim.Host{Chain: chainsim.NewChain(2)}))
	}
	all.failed("SPI0.1")
	got := all.stats()
	if got["SPI0.0"].Errors != 0 || got["SPI0.1"].Errors != 1 || got["SPI0.0"].Bytes == 0 || got["SPI0.0"].Bytes != got["SPI0.1"].Bytes {
		t.Errorf("got %+v, want one error, of SPI0.1", got)
	}
}
