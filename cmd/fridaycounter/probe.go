package main

import (
	"bufio"
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"
	"periph.io/x/conn/v3/spi"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/max7219"
)

// A probe finds out how a chain of modules hangs on the wall, by asking somebody who
// looks at it.
type probe struct {
	talk
	open          func() (spi.PortCloser, error)
	port          string
	columns, rows int
	level         led.Level
	pause         time.Duration // between two modules, so that the supply feels no jump
}

func (p *program) probeCommand() *cobra.Command {
	var port string
	var modules, columns, rows, level int
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Find out how the LED modules are turned, wired and ordered",
		Long: `Light an F and an arrow on one module after another, ask what is to be seen on the
wall, and print the display of counter.cue that fits. It never lights more than one
module at a time until it knows, and the wall dimly then.

The questions go to standard error and the answers come from standard input, so that
"fridaycounter probe --modules 4 > display.cue" works. q, Ctrl-C and the end of the
input make the chain dark and print nothing; the exit code is then 1.

One program only can light a chain: if the counter runs as a service on this port,
stop it first (systemctl stop fridaycounter).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			grid := cmd.Flags().Changed("columns") || cmd.Flags().Changed("rows")
			if err := checkProbe(port, modules, columns, rows, level, grid, cmd.Flags().Changed("modules")); err != nil {
				return err
			}
			if !grid {
				columns, rows = modules, 1
			}
			return p.probe(cmd.Context(), &probe{
				talk: talk{bufio.NewReader(p.stdin), p.stderr},
				open: func() (spi.PortCloser, error) { return p.openPort(port) },
				port: port, columns: columns, rows: rows, level: led.Level(level), pause: 100 * time.Millisecond,
			})
		},
	}
	cmd.Flags().StringVar(&port, "port", "SPI0.0", "the SPI `port`: bus 0, chip select 0")
	cmd.Flags().IntVar(&modules, "modules", 0, "a row of this `number` of modules")
	cmd.Flags().IntVar(&columns, "columns", 0, "a grid with this `number` of modules in a row")
	cmd.Flags().IntVar(&rows, "rows", 0, "and this `number` of rows")
	cmd.Flags().IntVar(&level, "level", 2, "`brightness` of 0 to 15; keep it low on a chain without a supply of its own")
	return cmd
}

// checkProbe refuses flags before anything is lit.
func checkProbe(port string, modules, columns, rows, level int, grid, row bool) error {
	switch {
	case !regexp.MustCompile(`^(SPI|/dev/spidev)[0-9]{1,3}[.][0-9]{1,3}$`).MatchString(port): // the schema's #Port
		return fmt.Errorf("--port %q: want SPI0.0 or /dev/spidev0.0", port)
	case grid == row:
		return fmt.Errorf("how many modules are there? Want --modules N for a row, or --columns C --rows R for a grid")
	case row && (modules < 1 || modules > maxModules):
		return fmt.Errorf("--modules %d: want 1 to %d", modules, maxModules)
	case grid && (columns < 1 || rows < 1 || columns > maxModules/rows):
		return fmt.Errorf("--columns %d --rows %d: want both, and at most %d modules", columns, rows, maxModules)
	case level < 0 || level > 15:
		return fmt.Errorf("--level %d: want 0 to 15", level)
	}
	return nil
}

// probe prints what a probe found, and how to go on.
func (p *program) probe(ctx context.Context, q *probe) error {
	found, err := q.find(ctx)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	q.say(`The wall is dark again. Put this into counter.cue in the place of its display, and keep
that one's web and max_current if it has them. Try it: fridaycounter vet, then
systemctl start fridaycounter, or fridaycounter run where it is not installed. The wiring
is one that shows this; the name on your boards may be another.
`)
	_, err = fmt.Fprint(p.stdout, displayBlock(q.port, found))
	return err
}

// displayBlock is the display of counter.cue, as cue fmt would write it.
func displayBlock(port string, o max7219.Opts) string {
	size := fmt.Sprintf("modules: %d", o.Columns)
	if o.Rows > 1 {
		size = fmt.Sprintf("columns: %d\n\trows:    %d", o.Columns, o.Rows)
	}
	chain := fmt.Sprintf("port: %q, wiring: %q", port, o.Wiring)
	if o.Rotate != 0 {
		chain += fmt.Sprintf(", rotate: %d", o.Rotate)
	}
	for i, set := range []bool{o.Mirror, o.Reversed, o.Serpentine} {
		if set {
			chain += [...]string{", mirror: true", ", reversed: true", ", serpentine: true"}[i]
		}
	}
	return fmt.Sprintf("display: {\n\t%s\n\tmax7219: {%s}\n}\n", size, chain)
}
