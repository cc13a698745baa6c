// Package probe finds out how a chain of modules hangs on the wall, by asking somebody
// who looks at it, and prints the display of counter.cue that fits.
package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// Options say what is known of the chain, and who is asked.
type Options struct {
	Port          string // as counter.cue names it
	Open          func() (spi.PortCloser, error)
	Columns, Rows int           // of modules
	Level         led.Level     // 0 to 15
	Pause         time.Duration // between two modules, to spare the supply

	Answers   io.Reader
	Questions io.Writer
	Result    io.Writer // gets the display, if there is one
}

// Run asks until it has found the display, and prints it and how to go on. An end of the
// answers or of ctx is an error.
func Run(ctx context.Context, o Options) error {
	p := &probe{Options: o, answers: bufio.NewReader(o.Answers), interrupted: ctx.Done()}
	found := p.find()
	if p.err != nil {
		return fmt.Errorf("probe: %w", p.err)
	}
	p.say(`The wall is dark again. Put this into counter.cue in the place of its display, and keep
that one's web and max_current if it has them. Try it: fridaycounter vet, then
systemctl start fridaycounter, or fridaycounter run where it is not installed. The wiring
is one that shows this; the name on your boards may be another.
`)
	_, err := fmt.Fprint(o.Result, display(o.Port, found))
	return err
}

// A probe lights a chain and asks about it. After its first error it lights, says and asks nothing
// more, and its methods return at once with any answer. So only loops and Run need to look at err.
type probe struct {
	Options
	answers     *bufio.Reader
	interrupted <-chan struct{}
	err         error

	dev     *max7219.Dev // while the chain is open
	picture led.Picture
}

// fail ends the probe with an error, if there is one.
func (p *probe) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// light opens the chain with the options, and darkens it when f has returned.
func (p *probe) light(o max7219.Opts, f func()) {
	if p.err != nil {
		return
	}
	if p.dev, p.err = max7219.New(p.Open, o); p.err != nil {
		return
	}
	defer func() {
		_ = p.dev.Show(led.Picture{Level: led.Off}) // Halt returns the error
		p.err = errors.Join(p.err, p.dev.Halt())
	}()
	p.picture = led.Picture{Frame: led.NewFrame(8*o.Columns, 8*max(o.Rows, 1)), Level: p.Level}
	f()
}

// alone lights one module of a raw chain and darkens the others. It writes everything twice, for
// chips beyond the number in the flags.
func (p *probe) alone(chip int, pixels uint64) {
	p.picture.Frame.Clear()
	p.add(chip, 0, pixels)
	if p.err == nil {
		p.err = p.dev.Refresh()
	}
}

// add lights one more module.
func (p *probe) add(column, row int, pixels uint64) {
	for i := range 64 {
		p.picture.Frame.Set(8*column+i%8, 8*row+i/8, pixels>>(63-i)&1 != 0)
	}
	if p.err == nil {
		p.err = p.dev.Show(p.picture)
	}
}

// wait waits, so that what was lit can be seen.
func (p *probe) wait() {
	if p.err != nil {
		return
	}
	select {
	case <-p.interrupted:
		p.err = errEnded
	case <-time.After(p.Pause):
	}
}

// display returns the display for counter.cue, as cue fmt writes it.
func display(port string, o max7219.Opts) string {
	size := fmt.Sprintf("modules: %d", o.Columns)
	if o.Rows > 1 {
		size = fmt.Sprintf("columns: %d\n\trows:    %d", o.Columns, o.Rows)
	}
	chain := fmt.Sprintf("port: %q, wiring: %q", port, o.Wiring)
	if o.Rotate != 0 {
		chain += fmt.Sprintf(", rotate: %d", o.Rotate)
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"mirror", o.Mirror}, {"reversed", o.Reversed}, {"serpentine", o.Serpentine}, {"bottom_up", o.BottomUp}} {
		if flag.set {
			chain += ", " + flag.name + ": true"
		}
	}
	return fmt.Sprintf("display: {\n\t%s\n\tmax7219: {%s}\n}\n", size, chain)
}
