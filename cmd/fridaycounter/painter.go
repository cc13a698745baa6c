package main

import (
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// A painter draws on a terminal that may take nothing, and puts lines of the log above.
// It implements engine.Display.
type painter struct {
	aside
	dev      *term.Dev
	pictures []led.Picture // that wait to be drawn
	given    bool          // there was one, and it did not go wrong
	last     led.Picture   // it
	waiting  backlog
	halt     bool
	err      error // of a picture; told by the next Show
}

// maxPictures is how many wait. Of more, the newest takes the place of the one before:
// what counts is what is to be seen in the end.
const maxPictures = 8

// Show implements engine.Display.
func (p *painter) Show(picture led.Picture) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.err; err != nil {
		p.err, p.given = nil, false
		return err
	}
	if p.same(picture) {
		return nil
	}
	p.given, p.last = true, led.Picture{Level: picture.Level}
	if picture.Frame != nil { // it stays the caller's
		p.last.Frame = led.NewFrame(picture.Frame.Width(), picture.Frame.Height())
		p.last.Frame.CopyFrom(picture.Frame)
	}
	if len(p.pictures) < maxPictures {
		p.pictures = append(p.pictures, p.last)
	} else {
		p.pictures[maxPictures-1] = p.last
	}
	p.start(p.next)
	return nil
}

// same reports whether a picture is the last one, and that is or will be drawn.
func (p *painter) same(picture led.Picture) bool {
	if !p.given || picture.Level != p.last.Level || (picture.Frame == nil) != (p.last.Frame == nil) {
		return false
	}
	return picture.Frame == nil || picture.Frame.Equal(p.last.Frame)
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

// Halt implements engine.Display. It waits a moment for what is to be drawn.
func (p *painter) Halt() error {
	p.mu.Lock()
	p.halt = true
	p.start(p.next)
	p.mu.Unlock()
	p.flush(lastWords)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *painter) next() func() {
	if lines := p.waiting.take(); len(lines) > 0 {
		return func() { _, _ = p.dev.Write(lines) } // a log that cannot be written is told to nobody
	}
	if len(p.pictures) > 0 {
		picture := p.pictures[0]
		p.pictures = append(p.pictures[:0], p.pictures[1:]...)
		return func() { p.failed(p.dev.Show(picture)) }
	}
	if p.halt {
		p.halt = false
		return func() { p.failed(p.dev.Halt()) }
	}
	return nil
}

func (p *painter) failed(err error) {
	if err != nil {
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
	}
}

// lastWords is how long the end of the program waits for what it said to be read.
const lastWords = 500 * time.Millisecond
