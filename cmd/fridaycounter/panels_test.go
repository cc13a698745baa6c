package main

import (
	"testing"
	"time"

	"github.com/fridaycounter/fridaycounter/schema"
)

// A chain is lit anew for another wall, and not for another interval of its refresh.
func TestPanelKeys(t *testing.T) {
	wall := func(change func(*schema.Display)) schema.Display {
		d := schema.Display{Columns: 4, Rows: 1, MAX7219: &schema.MAX7219{Port: "SPI0.0", Wiring: "fc16", Speed: 1_000_000, Refresh: 5 * time.Second}}
		change(&d)
		return d
	}
	was := panels(wall(func(*schema.Display) {}), nil, nil)[0]
	for _, tt := range []struct {
		name   string
		change func(*schema.Display)
		same   bool
	}{
		{"nothing", func(*schema.Display) {}, true},
		{"the refresh", func(d *schema.Display) { d.MAX7219.Refresh = time.Minute }, true},
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
		got := panels(d, nil, nil)[0]
		if got.Key == was.Key != tt.same {
			t.Errorf("%s changed: got that the chain stays %t, want %t", tt.name, !tt.same, tt.same)
		}
		if got.Refresh != d.MAX7219.Refresh {
			t.Errorf("%s changed: got a refresh each %s, want %s", tt.name, got.Refresh, d.MAX7219.Refresh)
		}
	}
}
