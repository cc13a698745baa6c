package main

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/drivers/max7219/chainsim"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A change of the chain replaces it.
func TestOnlyAnotherWallLightsTheChainAnew(t *testing.T) {
	wall := func(change func(*schema.Display)) schema.Display {
		d := schema.Display{Columns: 4, Rows: 1, MAX7219: &schema.MAX7219{Port: "SPI0.0", Wiring: "fc16", Speed: 1_000_000, Refresh: 5 * time.Second}}
		change(&d)
		return d
	}
	was := slots(wall(func(*schema.Display) {}), nil, nil)[0]
	for _, tt := range []struct {
		name   string
		change func(*schema.Display)
		same   bool
	}{
		{"nothing", func(*schema.Display) {}, true},
		{"the refresh", func(d *schema.Display) { d.MAX7219.Refresh = time.Minute }, false},
		{"a terminal too", func(d *schema.Display) { d.Terminal = new(schema.Terminal) }, true},
		{"the columns", func(d *schema.Display) { d.Columns = 2 }, false},
		{"the rows", func(d *schema.Display) { d.Rows = 2 }, false},
		{"the wiring", func(d *schema.Display) { d.MAX7219.Wiring = "parola" }, false},
		{"the rotation", func(d *schema.Display) { d.MAX7219.Rotate = 180 }, false},
		{"the speed", func(d *schema.Display) { d.MAX7219.Speed = 500_000 }, false},
		{"the current", func(d *schema.Display) { d.MAX7219.MaxCurrent = 500 }, false},
		{"the port", func(d *schema.Display) { d.MAX7219.Port = "SPI0.1" }, false},
	} {
		d := wall(tt.change)
		got := slots(d, nil, nil)[0]
		if got.Key == was.Key != tt.same {
			t.Errorf("%s changed: got that the chain stays %t, want %t", tt.name, !tt.same, tt.same)
		}
		if got.Refresh != d.MAX7219.Refresh {
			t.Errorf("%s changed: got a refresh each %s, want %s", tt.name, got.Refresh, d.MAX7219.Refresh)
		}
	}
}

// simulate returns chains on simulated hosts, by port.
func simulate(hosts map[string]*chainsim.Host) *chains {
	return newChains(func(port string) (spi.PortCloser, error) {
		if host := hosts[port]; host != nil {
			return host.Open()
		}
		return nil, errors.New("there is no such port")
	})
}

func pair(port string) schema.Display {
	return schema.Display{Columns: 2, Rows: 1, MAX7219: &schema.MAX7219{Port: port, Wiring: "fc16"}}
}

// The counters are those of the wires, over every chain that was lit.
func TestChainsCountOnAcrossReplacements(t *testing.T) {
	host := &chainsim.Host{Chain: chainsim.NewChain(2)}
	all := simulate(map[string]*chainsim.Host{"SPI0.0": host})
	var refreshes uint64
	check := func(doing string) {
		t.Helper()
		want := dashboard.Chain{Port: "SPI0.0", Stats: max7219.Stats{
			Ioctls: uint64(host.Ioctls), Frames: uint64(host.Frames), Bytes: uint64(host.Bytes),
			Opens: uint64(host.Opens), Refreshes: refreshes,
		}}
		got := all.list()
		got[0].Milliamps = 0
		if diff := cmp.Diff([]dashboard.Chain{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", doing, diff)
		}
	}
	for range 3 {
		chain, err := all.light(pair("SPI0.0"))
		if err != nil {
			t.Fatal(err)
		}
		refreshes++
		check("after the start")
		frame := led.NewFrame(16, 8)
		frame.Set(3, 3, true)
		if err := errors.Join(chain.Show(led.Picture{Frame: frame}), chain.(glass.Refresher).Refresh()); err != nil {
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
	all := simulate(map[string]*chainsim.Host{"SPI0.0": {Chain: chainsim.NewChain(2)}, "SPI0.1": {Chain: chainsim.NewChain(2)}})
	if got := all.list(); len(got) != 0 {
		t.Errorf("got %v before the first chain, want none", got)
	}
	for _, port := range []string{"SPI0.0", "SPI0.1", "SPI0.2"} {
		if _, err := all.light(pair(port)); (err != nil) != (port == "SPI0.2") {
			t.Fatal(port, err)
		}
	}
	got := map[string]dashboard.Chain{}
	for _, c := range all.list() {
		got[c.Port] = c
	}
	a, b, none := got["SPI0.0"], got["SPI0.1"], got["SPI0.2"]
	if a.Errors != 0 || a.Bytes == 0 || a.Bytes != b.Bytes || b.Milliamps == 0 || none.Errors != 1 || none.Bytes != 0 || none.Milliamps != 0 {
		t.Errorf("got %+v, want one error, of SPI0.2", got)
	}
}
