package main

import (
	"sync"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
	"github.com/fridaycounter/fridaycounter/engine"
	"github.com/fridaycounter/fridaycounter/schema"
)

// slots lists the LED chain and the terminal, where the policy has them.
func slots(d schema.Display, chains *chains, output *host.Output) []engine.Slot {
	var slots []engine.Slot
	if m := d.MAX7219; m != nil {
		key := *m
		key.Refresh = 0 // another interval needs no other chain
		slots = append(slots, engine.Slot{
			Name: "max7219 " + m.Port,
			Key: struct {
				columns, rows int
				chain         schema.MAX7219
			}{d.Columns, d.Rows, key},
			Open:    func() (engine.Display, error) { return chains.light(d) },
			Refresh: m.Refresh,
		})
	}
	if d.Terminal != nil {
		slots = append(slots, engine.Slot{
			Name: "terminal",
			Key:  struct{ columns, rows int }{d.Columns, d.Rows},
			Open: func() (engine.Display, error) { return output.OpenDisplay(), nil },
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
	lit    map[string]*max7219.Dev  // by port
	halted map[string]max7219.Stats // by port, of all chains that were ever lit or not opened
}

func newChains(openPort func(string) (spi.PortCloser, error)) *chains {
	return &chains{openPort: openPort, lit: map[string]*max7219.Dev{}, halted: map[string]max7219.Stats{}}
}

// light opens the port that the policy names and lights the chain on it.
func (c *chains) light(d schema.Display) (engine.Display, error) {
	m := d.MAX7219
	dev, err := max7219.New(func() (spi.PortCloser, error) { return c.openPort(m.Port) }, max7219.Opts{
		Columns: d.Columns, Rows: d.Rows,
		Wiring: max7219.Wiring(m.Wiring), Rotate: m.Rotate, Mirror: m.Mirror,
		Reversed: m.Reversed, Serpentine: m.Serpentine, BottomUp: m.BottomUp,
		Speed: physic.Frequency(m.Speed) * physic.Hertz, MaxCurrent: m.MaxCurrent,
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.halted[m.Port] = plus(c.halted[m.Port], max7219.Stats{Errors: 1})
		return nil, err
	}
	c.lit[m.Port] = dev
	return litChain{dev, m.Port, c}, nil
}

// list returns the chains since the start. It waits for a message that is being sent, some
// milliseconds at most.
func (c *chains) list() (list []dashboard.Chain) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for port, dev := range c.lit {
		list = append(list, dashboard.Chain{Port: port, Stats: plus(c.halted[port], dev.Stats()), Lit: true, Milliamps: dev.Current()})
	}
	for port, stats := range c.halted {
		if c.lit[port] == nil {
			list = append(list, dashboard.Chain{Port: port, Stats: stats})
		}
	}
	return list
}

func plus(a, b max7219.Stats) max7219.Stats {
	return max7219.Stats{
		Ioctls: a.Ioctls + b.Ioctls, Frames: a.Frames + b.Frames, Bytes: a.Bytes + b.Bytes,
		Opens: a.Opens + b.Opens, Refreshes: a.Refreshes + b.Refreshes, Errors: a.Errors + b.Errors,
	}
}

// A litChain is an engine.Display and engine.Refresher. The port is its own until it is halted.
type litChain struct {
	*max7219.Dev
	port   string
	chains *chains
}

// Halt implements engine.Display.
func (l litChain) Halt() error {
	err := l.Dev.Halt()
	l.chains.mu.Lock()
	defer l.chains.mu.Unlock()
	if l.chains.lit[l.port] == l.Dev {
		l.chains.halted[l.port] = plus(l.chains.halted[l.port], l.Stats()) // with what Halt sent
		delete(l.chains.lit, l.port)
	}
	return err
}
