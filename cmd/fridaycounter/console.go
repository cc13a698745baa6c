package main

import (
	"io"
	"sync"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/term"
	"github.com/fridaycounter/fridaycounter/engine"
)

// console is a terminal that the display and the log share: what is logged while
// the display is drawn stands above it. Where standard output and standard error
// are not both the terminal, each goes its own way.
type console struct {
	painter *painter
	log     *patientWriter
	shared  bool
	port    func(name string) (spi.PortCloser, error) // opens an SPI port
	chains  *chains                                   // the LED chains that panels lit

	mu      sync.Mutex
	drawing *canvas // nil: none
}

func newConsole(stdout, stderr io.Writer, getenv func(string) string, port func(name string) (spi.PortCloser, error)) *console {
	return &console{
		painter: &painter{out: stdout, opts: term.Detect(isTerminal(stdout), getenv)},
		log:     &patientWriter{out: stderr},
		shared:  isTerminal(stdout) && isTerminal(stderr),
		port:    port,
		chains:  new(chains),
	}
}

// close waits for what was written, for a moment.
func (c *console) close() { c.log.flush(lastWords) }

// Write writes lines of the log.
func (c *console) Write(lines []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shared && c.drawing != nil {
		return c.painter.Write(lines)
	}
	return c.log.Write(lines)
}

// open draws the display from now on.
func (c *console) open() (engine.Display, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drawing = c.painter.open()
	return consoleDisplay{c.drawing, c}, nil
}

// consoleDisplay gives the terminal back when it is halted.
type consoleDisplay struct {
	*canvas
	console *console
}

// Halt implements engine.Display.
func (d consoleDisplay) Halt() error {
	d.console.mu.Lock()
	if d.console.drawing == d.canvas {
		d.console.drawing = nil
	}
	d.console.mu.Unlock()
	return d.canvas.Halt()
}
