package main

import (
	"maps"
	"sync"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/dashboard"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// chains opens LED chains, and counts by port what went to all of them: a reload or an
// error replaces the driver, and a counter for Prometheus must not fall. Its methods may
// be called concurrently. The zero value has no ports.
type chains struct {
	open func(port string) (spi.PortCloser, error)

	mu    sync.Mutex
	ended map[string]max7219.Stats // by port: of chains that were halted
	lit   map[*max7219.Dev]string  // ports
}

// add counts a chain from now on, until it is halted.
func (c *chains) add(port string, dev *max7219.Dev) countedChain {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lit == nil {
		c.lit = map[*max7219.Dev]string{}
	}
	c.lit[dev] = port
	return countedChain{dev, c}
}

// failed counts a chain that could not be lit, as one error of its port.
func (c *chains) failed(port string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bank(port, max7219.Stats{Errors: 1})
}

// end keeps what a chain counted, once.
func (c *chains) end(dev *max7219.Dev) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if port, ok := c.lit[dev]; ok {
		delete(c.lit, dev)
		c.bank(port, dev.Stats())
	}
}

// bank adds to what halted chains have counted. The caller holds mu.
func (c *chains) bank(port string, s max7219.Stats) {
	if c.ended == nil {
		c.ended = map[string]max7219.Stats{}
	}
	c.ended[port] = plus(c.ended[port], s)
}

// stats returns the counters since the start by port. It waits for a message that is
// being sent, some milliseconds at most.
func (c *chains) stats() map[string]max7219.Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := map[string]max7219.Stats{}
	maps.Copy(sum, c.ended)
	for dev, port := range c.lit {
		sum[port] = plus(sum[port], dev.Stats())
	}
	return sum
}

// list returns the chains since the start by port, in no order.
func (c *chains) list() []dashboard.Chain {
	milliamps := c.milliamps()
	var list []dashboard.Chain
	for port, stats := range c.stats() {
		mA, lit := milliamps[port]
		list = append(list, dashboard.Chain{Port: port, Stats: stats, Lit: lit, Milliamps: mA})
	}
	return list
}

// milliamps returns the current that the chains take now, as estimated, by port.
func (c *chains) milliamps() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := map[string]int{}
	for dev, port := range c.lit {
		sum[port] += dev.Current()
	}
	return sum
}

func plus(a, b max7219.Stats) max7219.Stats {
	return max7219.Stats{
		Ioctls: a.Ioctls + b.Ioctls, Frames: a.Frames + b.Frames, Bytes: a.Bytes + b.Bytes,
		Opens: a.Opens + b.Opens, Refreshes: a.Refreshes + b.Refreshes, Errors: a.Errors + b.Errors,
	}
}

// countedChain is an engine.Display and engine.Refresher whose counters outlive it.
type countedChain struct {
	*max7219.Dev
	chains *chains
}

// Halt implements engine.Display.
func (c countedChain) Halt() error {
	err := c.Dev.Halt()
	c.chains.end(c.Dev) // after it, for what Halt sends
	return err
}
