package main

import (
	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// A canvas is the display of one geometry. It implements engine.Display.
type canvas struct {
	*painter
	dev     *term.Dev
	waits   int         // pictures that are not drawn yet
	last    led.Picture // that was given, if any was
	given   bool
	err     error // of the picture that was drawn last
	haltErr error
}

// maxPictures is how many of a canvas wait. Of more, the newest takes the place of the one
// before: what counts is what is to be seen in the end.
const maxPictures = 8

// Show implements engine.Display. Its error is that of the last picture which was drawn,
// until one is drawn without.
func (c *canvas) Show(picture led.Picture) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.same(picture) && (c.err == nil || c.waits > 0) {
		return c.err
	}
	c.given, c.last = true, led.Picture{Level: picture.Level}
	if picture.Frame != nil { // it stays the caller's
		c.last.Frame = led.NewFrame(picture.Frame.Width(), picture.Frame.Height())
		c.last.Frame.CopyFrom(picture.Frame)
	}
	if c.waits == maxPictures {
		c.turns[len(c.turns)-1].picture = c.last // the newest canvas is the last in turn
		return c.err
	}
	c.turns = append(c.turns, turn{canvas: c, picture: c.last})
	c.waits++
	c.start(c.next)
	return c.err
}

// same reports whether a picture is the last one.
func (c *canvas) same(picture led.Picture) bool {
	if !c.given || picture.Level != c.last.Level || (picture.Frame == nil) != (c.last.Frame == nil) {
		return false
	}
	return picture.Frame == nil || picture.Frame.Equal(c.last.Frame)
}

// Halt implements engine.Display. It waits a moment for what is to be drawn.
func (c *canvas) Halt() error {
	c.mu.Lock()
	c.turns = append(c.turns, turn{canvas: c, halt: true})
	c.start(c.next)
	c.mu.Unlock()
	c.flush(lastWords)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.haltErr
}

func (c *canvas) done(to *error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*to = err
}
