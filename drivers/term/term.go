// Package term shows frames on a terminal: the same picture as the wall, as dots of
// red light. Into a pipe or a file it writes plain characters.
//
// It has no clock and starts no goroutine.
package term

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// ErrHalted is returned for a picture shown after Halt.
var ErrHalted = errors.New("term: show a picture: the display was halted")

// Opts says what it draws on. The zero value is a pipe: '#' and '.', no escape codes,
// every changed picture below the last one with an empty line between.
type Opts struct {
	Color     bool // a terminal: dots in the 256 colours of xterm, drawn in place
	TrueColor bool // with Color: in 24 bits
}

// Detect returns what suits an output, from the environment variables TERM,
// COLORTERM and NO_COLOR. With NO_COLOR set a terminal is treated as a pipe.
func Detect(isTerminal bool, getenv func(string) string) Opts {
	if !isTerminal || getenv("TERM") == "dumb" || getenv("NO_COLOR") != "" {
		return Opts{}
	}
	colors := getenv("COLORTERM")
	return Opts{Color: true, TrueColor: colors == "truecolor" || colors == "24bit"}
}

// A Dev is a terminal display. Its methods may be called concurrently.
type Dev struct {
	mu      sync.Mutex
	w       io.Writer
	opts    Opts
	frame   led.Frame
	level   led.Level
	drawn   bool // frame, level and caption are what was written last
	started bool // something was written
	height  int  // lines on the terminal, to go back over
	caption string
	halted  bool
	buf     []byte
}

// New returns a display on w, which stays the caller's to close. Nothing is written
// before the first Show.
func New(w io.Writer, o Opts) *Dev { return &Dev{w: w, opts: o} }

// Show draws p, if it differs from what is drawn. Off is a dark glass; the frame may
// be nil then, and the last size stays.
func (d *Dev) Show(p led.Picture) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return ErrHalted
	}
	if p.Frame == nil {
		if p.Level != led.Off {
			return errors.New("term: show a picture: it has no frame")
		}
		p.Frame = &d.frame
	}
	if d.drawn && p.Level == d.level && p.Frame.Equal(&d.frame) {
		return nil
	}
	if p.Frame != &d.frame {
		d.frame.CopyFrom(p.Frame)
	}
	d.level = p.Level
	return d.draw()
}

// Caption sets the text under the glass, which may have several lines. On a terminal
// it is drawn at once if there is a picture; in a pipe it goes with the next picture.
func (d *Dev) Caption(text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return ErrHalted
	}
	if text == d.caption {
		return nil
	}
	d.caption = text
	if !d.drawn || !d.opts.Color {
		return nil
	}
	return d.draw()
}

// Halt gives the cursor back. What is drawn stays, as the last words of a program
// do. Only the first call does anything.
func (d *Dev) Halt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return nil
	}
	d.halted = true
	if !d.opts.Color || !d.started {
		return nil
	}
	return d.write([]byte(showCursor))
}

// String names the display.
func (d *Dev) String() string { return "term" }

// draw writes the picture and the caption in one write, so that no half of a frame
// is seen.
func (d *Dev) draw() error {
	d.buf = d.buf[:0]
	if d.opts.Color {
		d.colored()
	} else {
		d.plain()
	}
	d.started, d.drawn = true, false
	if err := d.write(d.buf); err != nil {
		return err
	}
	d.drawn = true
	return nil
}

func (d *Dev) write(b []byte) error {
	if _, err := d.w.Write(b); err != nil {
		return fmt.Errorf("term: %w", err)
	}
	return nil
}

// plain is the picture as '#' and '.', and the caption.
func (d *Dev) plain() {
	if d.started {
		d.buf = append(d.buf, '\n')
	}
	if d.level == led.Off {
		d.buf = append(d.buf, led.NewFrame(d.frame.Width(), d.frame.Height()).String()...)
	} else {
		d.buf = append(d.buf, d.frame.String()...)
	}
	for _, line := range captionLines(d.caption) {
		d.buf = append(append(d.buf, line...), '\n')
	}
}

// red returns the escape code for a lit dot: brighter with the level, never as dark
// as one that is out.
func (d *Dev) red() string {
	level := int(max(0, min(15, d.level)))
	if d.opts.TrueColor {
		glow := level * 60 / 15 // towards orange, as bright LEDs look
		return fmt.Sprintf("\x1b[38;2;%d;%d;%dm", 110+level*145/15, glow, glow/2)
	}
	// Entries 88, 124, 160, 196 of the colour cube are its reds.
	return fmt.Sprintf("\x1b[38;5;%dm", 88+level/4*36)
}
