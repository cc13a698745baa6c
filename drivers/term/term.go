// Package term shows frames on a terminal: the same picture as the wall, as dots of
// red light. Into a pipe or a file it writes plain characters.
//
// It has no clock and starts no goroutine.
package term

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/fridaycounter/fridaycounter/drivers/led"
)

// Opts says what a Dev draws on. The zero value is a pipe: '#' and '.' without escape
// codes, each changed picture below the last one after an empty line.
type Opts struct {
	Color     bool // a terminal: dots in the 256 colours of xterm, drawn in place
	TrueColor bool // with Color: in 24 bits
	// Columns returns the width of the terminal, to wrap captions at; nil or 0: they are cut there.
	Columns func() int
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
	frame   led.Frame // dark with the level Off
	level   led.Level
	caption string // whole lines
	drawn   bool   // frame, level and caption are what was written last
	height  int    // lines of that; on a terminal they are gone back over
}

// New returns a display on w, which stays the caller's to close. Nothing is written
// before the first Show.
func New(w io.Writer, o Opts) *Dev { return &Dev{w: w, opts: o} }

// Show draws p, if it differs from what is drawn. Off is a dark glass; the frame may
// be nil then, and the last size stays.
func (d *Dev) Show(p led.Picture) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch off := p.Level == led.Off; {
	case p.Frame == nil && !off:
		return errors.New("term: show a picture: it has no frame")
	case d.drawn && p.Level == d.level && (off || p.Frame.Equal(&d.frame)):
		return nil
	}
	if p.Frame != nil {
		d.frame.CopyFrom(p.Frame)
	}
	if p.Level == led.Off {
		d.frame.Clear()
	}
	d.level = p.Level
	return d.draw(nil)
}

// Caption sets the text under the glass, which may have several lines. On a terminal
// it is drawn at once if there is a picture; in a pipe it goes with the next picture.
func (d *Dev) Caption(text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	text = clean(text)
	changed := text != d.caption
	d.caption = text
	if !changed || !d.drawn || !d.opts.Color {
		return nil
	}
	return d.draw(nil)
}

// Write puts whole lines above the glass, which moves down, so that a log can go to the
// same terminal. In a pipe, and when nothing is drawn, the lines are written as they are.
func (d *Dev) Write(lines []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.opts.Color || d.height == 0 {
		return d.w.Write(lines)
	}
	if err := d.draw(lines); err != nil {
		return 0, err
	}
	return len(lines), nil
}

// Halt gives the cursor back, at the beginning of a line of its own. What is drawn stays, so the
// last picture of a program can be read; another one is drawn below it.
func (d *Dev) Halt() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	hidden := d.opts.Color && d.height > 0
	d.height, d.drawn = 0, false
	if !hidden {
		return nil
	}
	return d.write("\r" + clearRight + showCursor) // Ctrl-C left its name there
}

// draw writes the picture and the caption, below the lines of a log if there are any,
// in one write, so that no half of a frame is seen.
func (d *Dev) draw(log []byte) error {
	text := d.plain()
	if d.opts.Color {
		text = d.colored(log)
	}
	d.height = d.frame.Height() + strings.Count(d.wrapped(), "\n")
	err := d.write(text)
	d.drawn = err == nil
	return err
}

func (d *Dev) write(text string) error {
	if _, err := d.w.Write([]byte(text)); err != nil {
		return fmt.Errorf("term: %w", err)
	}
	return nil
}
