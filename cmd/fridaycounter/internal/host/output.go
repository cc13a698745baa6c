// Package host is what the counter needs of the machine it runs on: the SPI ports, the clock,
// the service manager, and standard output and standard error, which may block.
package host

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/lmittmann/tint"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// An Output is standard output, on which displays draw, and standard error, which takes the
// log. If both are a terminal, lines of the log stand above the picture.
type Output struct {
	dev   *term.Dev
	log   *logWriter
	human bool            // the log is for a person
	plain bool            // it has no colours all the same
	last  <-chan struct{} // closed when the display that was opened last has ended; nil: none was
}

// NewOutput returns the output of a program.
func NewOutput(stdout, stderr io.Writer, isTerminal func(any) bool, getenv func(string) string) *Output {
	o := &Output{dev: term.New(stdout, term.Detect(isTerminal(stdout), getenv)), human: isTerminal(stderr)}
	o.plain = !term.Detect(o.human, getenv).Color
	if isTerminal(stdout) && o.human {
		o.log = newLogWriter(o.dev)
	} else {
		o.log = newLogWriter(stderr)
	}
	return o
}

// Logger returns a logger that never blocks: it writes for a person on a terminal, and
// slog's text otherwise. The journal has its own times.
func (o *Output) Logger() *slog.Logger {
	if o.human {
		return slog.New(tint.NewTextHandler(o.log, &tint.Options{TimeFormat: time.TimeOnly, NoColor: o.plain}))
	}
	return slog.New(slog.NewTextHandler(o.log, nil))
}

// Close waits until the log is written, at most for half a second.
func (o *Output) Close() { o.log.flush(maxWait) }

// OpenDisplay returns a display on standard output, which begins below the last one and
// after its end. OpenDisplay must not be called concurrently.
func (o *Output) OpenDisplay() *Display {
	d := &Display{pictures: make(chan drawing, 1), ended: make(chan struct{})}
	go d.run(o.dev, o.last)
	o.last = d.ended
	return d
}

// A Display draws pictures on a goroutine of its own. Its methods are used from one
// goroutine, which waits for a blocked terminal for half a second at most.
type Display struct {
	pictures chan drawing  // one place: the newest; closed to halt
	ended    chan struct{} // closed after haltErr was set
	haltErr  error
}

// A drawing is a picture to be drawn, and how that went.
type drawing struct {
	led.Picture
	done chan error
}

// Show implements glass.Display. While the terminal blocks, it returns nil; the newest picture
// is drawn when the terminal goes on.
func (d *Display) Show(p led.Picture) error {
	if p.Frame != nil {
		copied := led.NewFrame(p.Frame.Width(), p.Frame.Height())
		copied.CopyFrom(p.Frame)
		p.Frame = copied
	}
	select {
	case <-d.pictures: // older
	default:
	}
	next := drawing{p, make(chan error, 1)}
	d.pictures <- next
	select {
	case err := <-next.done:
		return err
	case <-time.After(maxWait):
		return nil
	}
}

// Halt implements glass.Display. It may be called once, and nothing after it.
func (d *Display) Halt() error {
	close(d.pictures)
	select {
	case <-d.ended:
		return d.haltErr
	case <-time.After(maxWait):
		return nil
	}
}

// run draws until there are no more pictures. It waits for the end of the display before.
func (d *Display) run(dev *term.Dev, before <-chan struct{}) {
	if before != nil {
		<-before
	}
	for p := range d.pictures {
		p.done <- dev.Show(p.Picture)
	}
	d.haltErr = dev.Halt()
	close(d.ended)
}

const (
	maxQueue = 256                    // lines of the log that wait to be written: the log of hours
	maxWait  = 500 * time.Millisecond // for an output that blocks
)

// A logWriter writes the log on a goroutine of its own, so that nobody waits for an output
// that blocks, such as a terminal after Ctrl-S or a pipe that nobody reads. Lines for which
// there is no room are dropped, and a note in their place says how many. Its methods may be
// called concurrently.
type logWriter struct {
	queue chan entry

	mu      sync.Mutex
	dropped int // lines since the last one in the queue
}

// An entry is a line, or asks to be told when all lines before it are written.
type entry struct {
	line    []byte
	dropped int // lines before it, for which there was no room
	written chan<- struct{}
}

// newLogWriter returns a writer, whose goroutine never ends.
func newLogWriter(out io.Writer) *logWriter {
	w := &logWriter{queue: make(chan entry, maxQueue)}
	go w.run(out)
	return w
}

// Write implements io.Writer, for one line. It never fails.
func (w *logWriter) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.queue <- entry{line: bytes.Clone(line), dropped: w.dropped}:
		w.dropped = 0
	default:
		w.dropped++
	}
	return len(line), nil
}

func (w *logWriter) run(out io.Writer) {
	lost := 0 // lines since the last one that was written
	for e := range w.queue {
		if e.written != nil {
			close(e.written)
			continue
		}
		note := ""
		if lost += e.dropped; lost > 0 {
			note = fmt.Sprintf("fridaycounter: note: lines of the log lost here: %d\n", lost)
		}
		lost++
		if _, err := out.Write(append([]byte(note), e.line...)); err == nil {
			lost = 0
		}
	}
}

// flush waits until all is written, at most for a time.
func (w *logWriter) flush(most time.Duration) {
	timeout := time.After(most)
	written := make(chan struct{})
	select {
	case w.queue <- entry{written: written}:
	case <-timeout:
		return
	}
	select {
	case <-written:
	case <-timeout:
	}
}
