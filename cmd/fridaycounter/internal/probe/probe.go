// Package probe finds out how a chain of modules hangs on the wall, by asking somebody
// who looks at it, and prints the display of counter.cue that fits.
package probe

import (
	"bufio"
	"context"
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
	p := &probe{prompt{bufio.NewReader(o.Answers), o.Questions}, o}
	found, err := p.find(ctx)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	p.say(`The wall is dark again. Put this into counter.cue in the place of its display, and keep
that one's web and max_current if it has them. Try it: fridaycounter vet, then
systemctl start fridaycounter, or fridaycounter run where it is not installed. The wiring
is one that shows this; the name on your boards may be another.
`)
	_, err = fmt.Fprint(o.Result, display(o.Port, found))
	return err
}

type probe struct {
	prompt
	Options
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
