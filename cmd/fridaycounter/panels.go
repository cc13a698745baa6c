package main

import (
	"fmt"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/host/v3"

	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// panels implements the Panels of engine.Options.
func (c *console) panels(d schema.Display) []engine.Panel {
	var panels []engine.Panel
	if m := d.MAX7219; m != nil {
		chain := *m
		chain.Refresh = 0 // another interval needs no other chain
		panels = append(panels, engine.Panel{
			Name: "max7219 " + m.Port,
			Key: struct {
				columns, rows int
				chain         schema.MAX7219
			}{d.Columns, d.Rows, chain},
			Open:    func() (engine.Display, error) { return c.openChain(d) },
			Refresh: m.Refresh,
		})
	}
	if d.Terminal != nil {
		panels = append(panels, engine.Panel{
			Name: "terminal",
			Key:  struct{ columns, rows int }{d.Columns, d.Rows},
			Open: c.open,
		})
	}
	return panels
}

// openChain opens the port that the file names and lights the chain on it.
func (c *console) openChain(d schema.Display) (engine.Display, error) {
	m := d.MAX7219
	dev, err := max7219.New(func() (spi.PortCloser, error) { return openPort(m.Port) }, max7219.Opts{
		Columns: d.Columns, Rows: d.Rows,
		Wiring: max7219.Wiring(m.Wiring), Rotate: m.Rotate, Mirror: m.Mirror,
		Reversed: m.Reversed, Serpentine: m.Serpentine,
		Speed: physic.Frequency(m.Speed) * physic.Hertz, MaxCurrent: m.MaxCurrent,
	})
	if err != nil {
		c.chains.failed(m.Port)
		return nil, err
	}
	return c.chains.add(m.Port, dev), nil
}

// openPort opens an SPI port by its name, never the first one there is: on a
// Pi 5 that may be another bus.
func openPort(name string) (spi.PortCloser, error) {
	if name == "" {
		return nil, fmt.Errorf("no SPI port is named")
	}
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("looking for SPI ports: %w", err)
	}
	if len(spireg.All()) == 0 { // periph would ask whether Init was called
		return nil, fmt.Errorf("SPI port %s: this machine has no SPI port that may be used (hint: enable SPI with dtparam=spi=on, and be in the group spi)", name)
	}
	return claim(name, func() (spi.PortCloser, error) {
		port, err := spireg.Open(name)
		if err != nil {
			return nil, fmt.Errorf("SPI port %s: %w (hint: enable SPI with dtparam=spi=on, and be in the group spi)", name, err)
		}
		return port, nil
	})
}
