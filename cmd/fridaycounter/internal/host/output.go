package host

import (
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/term"
)

// An Output is standard output, on which displays draw, and standard error, which takes
// the log. Where both are a terminal, log lines stand above the picture.
type Output struct {
	screen   *screen
	log      *logWriter
	terminal bool            // the log is for a person
	last     <-chan struct{} // closed when the display that was opened last has ended; nil: none was
}

// NewOutput returns the output of a program.
func NewOutput(stdout, stderr io.Writer, isTerminal func(any) bool, getenv func(string) string) *Output {
	o := &Output{
		screen:   &screen{stdout: stdout, stderr: stderr, opts: term.Detect(isTerminal(stdout), getenv)},
		log:      &logWriter{out: stderr},
		terminal: isTerminal(stderr),
	}
	if isTerminal(stdout) && o.terminal {
		o.log.out = o.screen
	}
	return o
}

// Logger returns a logger that never blocks: it writes for a person on a terminal, and
// slog's text otherwise. The journal has its own times.
func (o *Output) Logger() *slog.Logger {
	if o.terminal {
		return slog.New(tint.NewTextHandler(o.log, &tint.Options{TimeFormat: time.TimeOnly}))
	}
	return slog.New(slog.NewTextHandler(o.log, nil))
}

// Close waits until the log is written, at most for half a second.
func (o *Output) Close() { o.log.flush() }

// OpenDisplay returns a display on standard output, which begins below the last one and
// after its end. OpenDisplay must not be called concurrently.
func (o *Output) OpenDisplay() *Display {
	d := &Display{pictures: make(chan drawing, 1), ended: make(chan struct{})}
	go d.run(o.screen, o.last)
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

// Show implements engine.Display. On a terminal that blocks the newest picture is drawn
// as soon as that goes on; meanwhile Show returns nil.
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
	case <-time.After(lastWords):
		return nil
	}
}

// Halt implements engine.Display. It may be called once, and nothing after it.
func (d *Display) Halt() error {
	close(d.pictures)
	select {
	case <-d.ended:
		return d.haltErr
	case <-time.After(lastWords):
		return nil
	}
}

// run draws until there are no more pictures. It waits for the end of the display before.
func (d *Display) run(s *screen, before <-chan struct{}) {
	if before != nil {
		<-before
	}
	dev := term.New(s.stdout, s.opts)
	for p := range d.pictures {
		p.done <- s.show(dev, p.Picture)
	}
	d.haltErr = s.halt(dev)
	close(d.ended)
}

// A screen is a terminal that a display and the log share. The mutex orders what they
// write: a line below the picture would be drawn over.
type screen struct {
	stdout, stderr io.Writer
	opts           term.Opts

	mu  sync.Mutex
	dev *term.Dev // that has drawn; nil: none
}

func (s *screen) show(dev *term.Dev, p led.Picture) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dev = dev
	return dev.Show(p)
}

func (s *screen) halt(dev *term.Dev) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dev = nil
	return dev.Halt()
}

// Write writes lines of the log, above the picture if there is one.
func (s *screen) Write(lines []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dev == nil {
		return s.stderr.Write(lines)
	}
	return s.dev.Write(lines)
}

// IsTerminal reports whether an output is a terminal.
func IsTerminal(output any) bool {
	f, ok := output.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
