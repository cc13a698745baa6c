package main

import (
	"sync"
	"time"
)

// An aside does work on a goroutine of its own, so that nobody waits for an output that
// takes nothing, such as a terminal after Ctrl-S or a pipe that nobody reads: the loop
// that lights the LEDs talks to it. The zero value is ready.
type aside struct {
	mu      sync.Mutex // also of what next looks at
	busy    bool
	emptied chan struct{} // closed when there is no work any more
}

// start does what next returns, until that is nil. next is called with mu held, as start
// must be.
func (a *aside) start(next func() (work func())) {
	if a.busy {
		return
	}
	a.busy, a.emptied = true, make(chan struct{})
	go func() {
		for {
			a.mu.Lock()
			work := next()
			if work == nil {
				a.busy = false
				close(a.emptied)
				a.mu.Unlock()
				return
			}
			a.mu.Unlock()
			work()
		}
	}()
}

// flush waits until all is done, but not longer than d.
func (a *aside) flush(d time.Duration) {
	a.mu.Lock()
	busy, emptied := a.busy, a.emptied
	a.mu.Unlock()
	if !busy {
		return
	}
	select {
	case <-emptied:
	case <-time.After(d):
	}
}
