package main

import (
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// panels lists the LED chain and the terminal, where the policy has them.
func panels(d schema.Display, chains *chains, output *host.Output) []engine.Slot {
	var panels []engine.Slot
	if m := d.MAX7219; m != nil {
		chain := *m
		chain.Refresh = 0 // another interval needs no other chain
		panels = append(panels, engine.Slot{
			Name: "max7219 " + m.Port,
			Key: struct {
				columns, rows int
				chain         schema.MAX7219
			}{d.Columns, d.Rows, chain},
			Open:    func() (engine.Display, error) { return chains.light(d) },
			Refresh: m.Refresh,
		})
	}
	if d.Terminal != nil {
		panels = append(panels, engine.Slot{
			Name: "terminal",
			Key:  struct{ columns, rows int }{d.Columns, d.Rows},
			Open: func() (engine.Display, error) { return output.OpenDisplay(), nil },
		})
	}
	return panels
}

// light opens the port that the policy names and lights the chain on it.
func (c *chains) light(d schema.Display) (engine.Display, error) {
	m := d.MAX7219
	dev, err := max7219.New(func() (spi.PortCloser, error) { return c.open(m.Port) }, max7219.Opts{
		Columns: d.Columns, Rows: d.Rows,
		Wiring: max7219.Wiring(m.Wiring), Rotate: m.Rotate, Mirror: m.Mirror,
		Reversed: m.Reversed, Serpentine: m.Serpentine, BottomUp: m.BottomUp,
		Speed: physic.Frequency(m.Speed) * physic.Hertz, MaxCurrent: m.MaxCurrent,
	})
	if err != nil {
		c.failed(m.Port)
		return nil, err
	}
	return c.add(m.Port, dev), nil
}
