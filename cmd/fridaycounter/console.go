package main

import (
	"io"
	"sync"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/term"
	"github.com/fridaycounter/fridaycounter/engine"
)

// console is a terminal that the display and the log share: what is logged while
// the display is drawn stands above it. Where standard output and standard error
// are not both the terminal, each goes its own way.
type console struct {
	display *patientWriter
	log     *patientWriter
	opts    term.Opts
	shared  bool
	chains  *chains // the LED chains that panels lit

	mu  sync.Mutex
	dev *term.Dev // nil while nothing is drawn
}

func newConsole(stdout, stderr io.Writer, getenv func(string) string) *console {
	return &console{
		display: &patientWriter{out: stdout}, log: &patientWriter{out: stderr},
		opts:   term.Detect(isTerminal(stdout), getenv),
		shared: isTerminal(stdout) && isTerminal(stderr),
		chains: new(chains),
	}
}

// lastWords is how long the end of the program waits for what it said to be read.
const lastWords = 500 * time.Millisecond

// close waits for what was written, for a moment.
func (c *console) close() {
	c.display.flush(lastWords)
	c.log.flush(lastWords)
}

// Write writes lines of the log.
func (c *console) Write(lines []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shared && c.dev != nil {
		return c.dev.Write(lines)
	}
	return c.log.Write(lines)
}

// open draws the display from now on.
func (c *console) open() (engine.Display, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dev = term.New(c.display, c.opts)
	return consoleDisplay{c.dev, c}, nil
}

// consoleDisplay gives the terminal back when it is halted.
type consoleDisplay struct {
	*term.Dev
	console *console
}

// Halt implements engine.Display.
func (d consoleDisplay) Halt() error {
	d.console.mu.Lock()
	defer d.console.mu.Unlock()
	if d.console.dev == d.Dev {
		d.console.dev = nil
	}
	return d.Dev.Halt()
}
