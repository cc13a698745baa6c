package main

import (
	"sync"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/engine/glass"
	"github.com/fridaycounter/fridaycounter/schema"
)

// slots lists the LED chain and the terminal, where the policy has them.
func slots(d schema.Display, chains *chains, output *host.Output) []glass.Slot {
	var slots []glass.Slot
	if m := d.MAX7219; m != nil {
		slots = append(slots, glass.Slot{
			Name: "max7219 " + m.Port,
			Key: struct {
				columns, rows int
				chain         schema.MAX7219
			}{d.Columns, d.Rows, *m},
			Open:    func() (glass.Display, error) { return chains.light(d) },
			Refresh: m.Refresh,
		})
	}
	if d.Terminal != nil {
		slots = append(slots, glass.Slot{
			Name: "terminal",
			Key:  struct{ columns, rows int }{d.Columns, d.Rows},
			Open: func() (glass.Display, error) { return output.OpenDisplay(), nil },
		})
	}
	return slots
}

// chains lights LED chains, and counts by port what went to all of them: a reload or an error
// replaces the driver, and a counter of Prometheus must not fall. Its methods may be called
// concurrently.
type chains struct {
	openPort func(name string) (spi.PortCloser, error)

	mu     sync.Mutex
	byPort map[string]chain
}

// A chain is what was last on a port.
type chain struct {
	*max7219.Dev        // counts on from the one before it; nil: none was lit yet
	failed       uint64 // openings since then
}

func newChains(openPort func(name string) (spi.PortCloser, error)) *chains {
	return &chains{openPort: openPort, byPort: map[string]chain{}}
}

// light opens the port that the policy names and lights the chain on it.
func (c *chains) light(d schema.Display) (glass.Display, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := d.MAX7219
	last := c.byPort[m.Port]
	dev, err := max7219.New(func() (spi.PortCloser, error) { return c.openPort(m.Port) }, max7219.Opts{
		Columns: d.Columns, Rows: d.Rows,
		Wiring: max7219.Wiring(m.Wiring), Rotate: m.Rotate, Mirror: m.Mirror,
		Reversed: m.Reversed, Serpentine: m.Serpentine, BottomUp: m.BottomUp,
		Speed: physic.Frequency(m.Speed) * physic.Hertz, MaxCurrent: m.MaxCurrent,
		Stats: last.stats(),
	})
	if err != nil {
		last.failed++
		c.byPort[m.Port] = last
		return nil, err
	}
	c.byPort[m.Port] = chain{Dev: dev}
	return dev, nil
}

// stats counts since the start.
func (c chain) stats() (s max7219.Stats) {
	if c.Dev != nil {
		s = c.Stats()
	}
	s.Errors += c.failed
	return s
}

// list returns the chains since the start. It waits for a message that is being sent, some
// milliseconds at most.
func (c *chains) list() (list []dashboard.Chain) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for port, last := range c.byPort {
		one := dashboard.Chain{Port: port, Stats: last.stats()}
		if last.Dev != nil {
			one.Milliamps = last.Current()
		}
		list = append(list, one)
	}
	return list
}
