package main

import (
	"io"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// A painter draws on an output that may take nothing, one canvas after another, and puts
// lines of the log above.
type painter struct {
	aside
	out     io.Writer
	opts    term.Opts
	turns   []turn // that wait
	waiting backlog
	dev     *term.Dev // of the newest canvas
}

// A turn is a picture to be drawn, or the end of a canvas.
type turn struct {
	*canvas
	picture led.Picture
	halt    bool
}

// open begins a canvas, under what the one before has drawn.
func (p *painter) open() *canvas {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dev = term.New(p.out, p.opts)
	return &canvas{painter: p, dev: p.dev}
}

// Write puts lines above the picture. What has no room is lost, and that is told in its
// place.
func (p *painter) Write(lines []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting.add(lines)
	p.start(p.next)
	return len(lines), nil
}

func (p *painter) next() func() {
	if lines := p.waiting.take(); len(lines) > 0 {
		dev := p.dev
		if len(p.turns) > 0 {
			dev = p.turns[0].dev // what is drawn now may be of an older canvas
		}
		return func() { _, _ = dev.Write(lines) } // a log that cannot be written is told to nobody
	}
	if len(p.turns) == 0 {
		return nil
	}
	t := p.turns[0]
	p.turns = append(p.turns[:0], p.turns[1:]...)
	if t.halt {
		return func() { t.done(&t.haltErr, t.dev.Halt()) }
	}
	t.waits--
	return func() { t.done(&t.err, t.dev.Show(t.picture)) }
}

// lastWords is how long the end of the program waits for what it said to be read.
const lastWords = 500 * time.Millisecond
